package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/fourfold/fourfold/assess/measure"
)

// table reads a CSV file row by row: a header, then one line a row. It holds one row at
// a time, so a file may be larger than memory. Every fault names file, line and column.
type table struct {
	file    string
	columns []string
	rows    int64 // Data rows so far.
	counted int64 // Sum of the counts so far.
	spares  bool  // Whether columns may be left out.

	csv   *csv.Reader
	close func() error
}

// openTable opens a file, or standard input for "-", and reads its header.
func openTable(file string, c console) (*table, error) {
	t := &table{file: file, close: func() error { return nil }}
	in, size := c.in, int64(0)
	if file == "-" {
		t.file = "standard input"
	} else {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		if info, err := f.Stat(); err == nil {
			size = info.Size()
		}
		in, t.close = f, f.Close
	}
	text := bufio.NewReaderSize(watch(in, t.file, size, c.err), 1<<16)
	if start, _ := text.Peek(3); string(start) == "\ufeff" {
		text.Discard(3) // The byte order mark that spreadsheets write.
	}
	t.csv = csv.NewReader(text)
	t.csv.ReuseRecord, t.csv.FieldsPerRecord = true, -1
	if err := t.header(); err != nil {
		t.close()
		return nil, err
	}
	if numbers(t.columns) && !counting(t.columns) {
		fmt.Fprintf(c.err, "%s:1: warning: the first line was taken for the columns' names, yet it holds numbers\n", t.file)
	}
	return t, nil
}

func (t *table) header() error {
	cells, err := t.csv.Read()
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%s is empty: the first line names the columns", t.file)
	}
	if err != nil {
		return t.broken(err)
	}
	for n, cell := range cells {
		name := strings.Clone(strings.TrimSpace(cell))
		switch {
		case name == "":
			return fmt.Errorf("%s:1: column %d has no name; name every column (R's write.csv needs row.names = FALSE, pandas' to_csv index=False)", t.file, n+1)
		case !utf8.ValidString(name):
			return fmt.Errorf("%s:1: column %d: the name is not UTF-8; save the file as UTF-8", t.file, n+1)
		case slices.Contains(t.columns, name) && numbers(cells):
			return fmt.Errorf("%s:1: the first line holds numbers; put a line with the columns' names above it", t.file)
		case slices.Contains(t.columns, name):
			return fmt.Errorf("%s:1: column %s comes twice; give each column a name of its own", t.file, name)
		case len(cells) == 1 && strings.ContainsAny(name, ";\t"):
			return fmt.Errorf("%s:1: separate the columns with commas", t.file)
		}
		t.columns = append(t.columns, name)
	}
	return nil
}

// numbers reports whether all names are numbers, so that the header may be missing.
func numbers(names []string) bool {
	return !slices.ContainsFunc(names, func(name string) bool {
		_, err := strconv.ParseFloat(strings.TrimSpace(name), 64)
		return err != nil
	})
}

// counting reports whether the names number the columns, as Python does.
func counting(names []string) bool {
	first, err := strconv.Atoi(names[0])
	for n, name := range names {
		if err != nil || name != strconv.Itoa(first+n) {
			return false
		}
	}
	return true
}

// next returns the next row, valid until the one after; io.EOF ends them.
func (t *table) next() ([]string, error) {
	cells, err := t.csv.Read()
	if err != nil {
		return nil, t.broken(err)
	}
	t.rows++
	if len(cells) != len(t.columns) {
		line, _ := t.csv.FieldPos(0)
		return nil, fmt.Errorf("%s:%d: %d values under %d columns; leave a cell empty where a value is missing", t.file, line, len(cells), len(t.columns))
	}
	return cells, nil
}

// each calls take with every row.
func (t *table) each(take func(cells []string) error) error {
	for {
		cells, err := t.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := take(cells); err != nil {
			return err
		}
	}
}

// broken words what the CSV reader says.
func (t *table) broken(err error) error {
	var bad *csv.ParseError
	if errors.As(err, &bad) {
		return fmt.Errorf("%s:%d: character %d: %w; put a cell with quotes into quotes and double those inside", t.file, bad.Line, bad.Column, bad.Err)
	}
	return err
}

// fault is what is wrong with a cell of the present row.
func (t *table) fault(column int, format string, args ...any) error {
	line, _ := t.csv.FieldPos(column)
	return fmt.Errorf("%s:%d: column %s: %s", t.file, line, t.columns[column], fmt.Sprintf(format, args...))
}

// column returns the place of a column by its name, in whatever case.
func (t *table) column(name string) (int, bool) {
	if at := slices.Index(t.columns, name); at >= 0 {
		return at, true
	}
	at := slices.IndexFunc(t.columns, func(c string) bool { return strings.EqualFold(c, name) })
	return at, at >= 0
}

// need returns the places of columns that have to be there.
func (t *table) need(names ...string) ([]int, error) {
	places := make([]int, len(names))
	for n, name := range names {
		at, ok := t.column(name)
		if !ok {
			return nil, fmt.Errorf("%s:1: there is no column %s; it needs %s and has %s", t.file, name, strings.Join(names, ", "), strings.Join(t.columns, ", "))
		}
		places[n] = at
	}
	return places, nil
}

// others returns the places of all columns but the named ones.
func (t *table) others(except ...string) ([]int, error) {
	t.spares = true
	left := make([]bool, len(t.columns))
	for _, name := range except {
		at, ok := t.column(name)
		if !ok {
			return nil, fmt.Errorf("%s:1: there is no column %s to leave out; it has %s", t.file, name, strings.Join(t.columns, ", "))
		}
		left[at] = true
	}
	var places []int
	for at := range t.columns {
		if !left[at] {
			places = append(places, at)
		}
	}
	if len(places) == 0 {
		return nil, fmt.Errorf("%s:1: no column is left to measure", t.file)
	}
	return places, nil
}

// names returns the names of columns.
func (t *table) names(places []int) []string {
	names := make([]string, len(places))
	for n, at := range places {
		names[n] = t.columns[at]
	}
	return names
}

// missing reports whether a cell holds no value: it is empty, or says so as R and Python
// write it.
func missing(cell string) bool {
	switch cell {
	case "", "NA", "N/A", "NaN", "nan", "null", "NULL", "None":
		return true
	}
	return false
}

// number reads a cell; ok is false where the value is missing.
func (t *table) number(cells []string, column int) (x float64, ok bool, err error) {
	cell := cells[column]
	if len(cell) == 1 && '0' <= cell[0] && cell[0] <= '9' {
		return float64(cell[0] - '0'), true, nil
	}
	cell = strings.TrimSpace(cell)
	if missing(cell) {
		return 0, false, nil
	}
	x, err = strconv.ParseFloat(cell, 64)
	if err != nil || math.IsInf(x, 0) || math.IsNaN(x) || strings.ContainsAny(cell, "xX_") {
		hint := "correct it or leave the cell empty"
		if t.spares {
			hint = "correct it, leave the cell empty, or leave the column out with --except"
		}
		if strings.Count(cell, ",") == 1 {
			hint = "write decimals with a point"
		}
		return 0, false, t.fault(column, "%s is not a number; %s", quoted(cell), hint)
	}
	return x, true, nil
}

// count reads a cell that holds a whole number, 0 or more.
func (t *table) count(cells []string, column int) (int64, error) {
	x, ok, err := t.number(cells, column)
	switch {
	case err != nil:
		return 0, err
	case !ok:
		return 0, t.fault(column, "the count is missing; write 0 for none")
	}
	return t.tallied(x, column)
}

// mostCounted is how many a file may count in all: up to it every whole number is a
// double, and no product or sum of counts is wrong.
const mostCounted = 1 << 53

// tallied is a number as a count, 0 or more.
func (t *table) tallied(x float64, column int) (int64, error) {
	switch {
	case x < 0 || x != math.Trunc(x):
		return 0, t.fault(column, "%v is not a count; give a whole number, 0 or more", x)
	case x > float64(mostCounted-t.counted):
		return 0, t.fault(column, "with %v the counts come to more than can be counted exactly, %d", x, int64(mostCounted))
	}
	t.counted += int64(x)
	return int64(x), nil
}

// word reads a cell that holds a name; a missing one is "".
func (t *table) word(cells []string, column int) (string, error) {
	cell := strings.TrimSpace(cells[column])
	if missing(cell) {
		return "", nil
	}
	if !utf8.ValidString(cell) {
		return "", t.fault(column, "the text is not UTF-8; save the file as UTF-8")
	}
	return cell, nil
}

// marks reads numbers from some columns of a row into the given slice; complete is false
// where one is missing.
func (t *table) marks(cells []string, places []int, into []float64) (complete bool, err error) {
	complete = true
	for n, at := range places {
		x, ok, err := t.number(cells, at)
		if err != nil {
			return false, err
		}
		into[n] = x
		complete = complete && ok
	}
	return complete, nil
}

// eachRow calls take with every complete row of numbers and returns how many it took.
func (t *table) eachRow(places []int, take func(marks []float64) error) (used int64, err error) {
	marks := make([]float64, len(places))
	err = t.each(func(cells []string) error {
		complete, err := t.marks(cells, places, marks)
		if err != nil || !complete {
			return err
		}
		if err := take(marks); err != nil {
			return err
		}
		used++
		return nil
	})
	return used, err
}

// refused words why a statistic would not take a row.
func (t *table) refused(why measure.Reason) error {
	line, _ := t.csv.FieldPos(0)
	return fmt.Errorf("%s:%d: %s", t.file, line, reasonText(why))
}

// quoted is a cell as an error shows it, cut where it is long.
func quoted(cell string) string {
	const longest = 40
	if runes := []rune(cell); len(runes) > longest {
		cell = string(runes[:longest]) + "…"
	}
	return strconv.Quote(cell)
}
