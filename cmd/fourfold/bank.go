package main

// bankCommand works with banks of items.
type bankCommand struct {
	Export bankExportCommand `cmd:"" help:"Write a bank's items as a QTI 3.0 package for other test engines."`
	Import bankImportCommand `cmd:"" help:"Read the items of a QTI 3.0 package that was written by export, and write them as a bank."`
}
