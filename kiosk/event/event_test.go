package event

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestLog(t *testing.T) {
	var out bytes.Buffer
	l := slog.New(slog.NewJSONHandler(&out, nil))
	Log(l, LedgerFailed, "journey", "KW01-1-1")
	Log(l, EffectStarted, "journey", "KW01-1-1") // debug: below this logger's level
	if got := out.String(); !strings.Contains(got, `"level":"ERROR","msg":"ledger.failed","journey":"KW01-1-1"`) || strings.Count(got, "\n") != 1 {
		t.Errorf("got %s", got)
	}
	if Name("no.such").Level() != slog.LevelError {
		t.Error("an unknown event is quiet")
	}
}

// TestCatalogueIsWhole reads the constants from the source: each has an entry with a
// meaning and well-formed fields, and there is no entry without a constant.
func TestCatalogueIsWhole(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "event.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var declared []Name
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if id, ok := spec.Type.(*ast.Ident); ok && id.Name == "Name" {
			value, _ := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			declared = append(declared, Name(value))
		}
		return false
	})
	if len(declared) != len(Catalogue) {
		t.Errorf("%d names, %d entries", len(declared), len(Catalogue))
	}
	name, field := regexp.MustCompile(`^[a-z]+\.[a-z]+$`), regexp.MustCompile(`^[a-z]+$`)
	for _, n := range declared {
		e, ok := Catalogue[n]
		if !ok || !name.MatchString(string(n)) || e.Meaning == "" {
			t.Errorf("%q has no entry, no meaning or no name of the form subject.what", n)
		}
		fields := strings.Fields(e.Fields)
		for _, f := range fields {
			if !field.MatchString(f) {
				t.Errorf("%s: field %q", n, f)
			}
		}
		if len(slices.Compact(slices.Sorted(slices.Values(fields)))) != len(fields) {
			t.Errorf("%s: a field twice: %s", n, e.Fields)
		}
	}
}
