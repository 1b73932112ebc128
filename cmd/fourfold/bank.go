package main

// bankCommand works with banks of items.
type bankCommand struct {
	Check    bankCheckCommand    `cmd:"" help:"Check every rule of docs/bank-format.md, and list each fault with its line. Exits with 1 when there is one."`
	Assemble bankAssembleCommand `cmd:"" help:"Make a form, or parallel ones, and print what was required and reached."`
	Affected bankAffectedCommand `cmd:"" help:"List the items that rest on a fact of law and, with a database, the forms and results."`
	Export   bankExportCommand   `cmd:"" help:"Write a bank's items as a QTI 3.0 package for other test engines."`
	Import   bankImportCommand   `cmd:"" help:"Read the items of a QTI 3.0 package that was written by export, and write them as a bank."`
}
