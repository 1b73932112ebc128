package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/fourfold/fourfold/questions"
	"github.com/fourfold/fourfold/questions/qti"
)

type bankExportCommand struct {
	QTI string `name:"qti" required:"" placeholder:"FILE" help:"The QTI 3.0 package to write."`
	Dir string `arg:"" optional:"" help:"Folder of the bank; the built-in one when not given."`
}

// Run writes the bank's items as a QTI package and prints what it cannot hold. The
// package appears under its name only when it is whole.
func (b bankExportCommand) Run(_ context.Context, c console) (err error) {
	files := questions.BuiltinFiles()
	if b.Dir != "" {
		files = os.DirFS(b.Dir)
	}
	bank, err := questions.Load(files)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(b.QTI), filepath.Base(b.QTI)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	out := bufio.NewWriter(f)
	losses, err := qti.Export(out, bank)
	if err := errors.Join(err, out.Flush(), f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), b.QTI); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%s: %d items and %d for practice, in two languages each\nwhat it cannot hold (losses.txt):\n", b.QTI, len(bank.Items), len(bank.Practice))
	for _, l := range losses {
		fmt.Fprintln(c.out, "-", l)
	}
	return nil
}

type bankImportCommand struct {
	Package string `arg:"" help:"The QTI 3.0 package to read."`
	To      string `name:"to" placeholder:"DIR" help:"New folder for the bank. Without it the package is only checked."`
}

// Run reads the items of a QTI package and writes them as a bank: the folder
// appears only when all of it is there. The package carries no rules of law, guides
// or blueprints, so those of the built-in bank stand beside its items.
func (b bankImportCommand) Run(_ context.Context, c console) error {
	f, err := os.Open(b.Package)
	if err != nil {
		return err
	}
	defer f.Close()
	about, err := f.Stat()
	if err != nil {
		return err
	}
	in, err := qti.Import(f, about.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", b.Package, err)
	}
	fmt.Fprintf(c.out, "%s: %d items and %d for practice\n", b.Package, len(in.Items), len(in.Practice))
	if b.To == "" {
		fmt.Fprintln(c.out, "nothing is written; give a folder with --to")
		return nil
	}
	if err := writeBank(b.To, in); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "written to %s, with the rules of law, guides and blueprints of the built-in bank\n", b.To)
	return nil
}

// writeBank makes the folder beside its place and then moves it there.
func writeBank(to string, in qti.Package) (err error) {
	if entries, err := os.ReadDir(to); err == nil && len(entries) > 0 {
		return fmt.Errorf("%s is not empty", to)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	folder, err := os.MkdirTemp(filepath.Dir(filepath.Clean(to)), ".bank-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(folder))
		}
	}()
	files, err := bankFiles(in)
	if err != nil {
		return err
	}
	for name, text := range files {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
	}
	if err := os.Chmod(folder, 0o755); err != nil {
		return err
	}
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(folder, to)
}

// bankFiles are the files of a whole bank, by name: the items by facet, and what
// a package does not carry.
func bankFiles(in qti.Package) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, name := range []string{"law/*.yaml", "*.yaml"} {
		names, err := fs.Glob(questions.BuiltinFiles(), name)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if files[name], err = fs.ReadFile(questions.BuiltinFiles(), name); err != nil {
				return nil, err
			}
		}
	}
	var err error
	byFacet := map[questions.Facet][]questions.Item{}
	for _, i := range in.Items {
		byFacet[i.Facet] = append(byFacet[i.Facet], i)
	}
	for facet, items := range byFacet {
		if files["bank/"+string(facet)+".yaml"], err = questions.WriteItems(items); err != nil {
			return nil, err
		}
	}
	if len(in.Practice) > 0 {
		if files["practice.yaml"], err = questions.WriteItems(in.Practice); err != nil {
			return nil, err
		}
	}
	return files, nil
}
