// Package doc has the documents and, here, the rules of the source that a compiler
// does not check: who may import what, what every package must have, and that what
// the documents point at is there.
package doc

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	root   = "../.."
	module = "murur/"
)

// source is one Go file.
type source struct {
	path string // from the root: "kiosk/kwd/kwd.go"
	dir  string
	test bool
	ast  *ast.File
}

var fset = token.NewFileSet()

// sources parses every Go file of the repository.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, name)
		switch base := d.Name(); {
		case d.IsDir() && (rel == "out" || base == "testdata" || rel != "." && strings.HasPrefix(base, ".")):
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(base) != ".go":
			return nil
		}
		file, err := parser.ParseFile(fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		all = append(all, source{rel, path.Dir(rel), strings.HasSuffix(rel, "_test.go"), file})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 50 {
		t.Fatalf("only %d files found: the rules look in the wrong place", len(all))
	}
	return all
}

func (s source) imports() []string {
	var list []string
	for _, i := range s.ast.Imports {
		name, _ := strconv.Unquote(i.Path.Value)
		list = append(list, name)
	}
	return list
}

// within reports whether dir is one of the folders, or below it.
func within(dir string, folders ...string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return dir == f || strings.HasPrefix(dir, f+"/") })
}

// layers says what the packages of a folder may import of this module. The first
// folder that fits counts; a folder ending in "." means that package alone.
var layers = []struct {
	folder string
	may    []string
}{
	{"devices.", nil},
	{"devices/cabinet.", []string{"devices."}},
	{"devices/capture.", []string{"devices."}},
	{"devices/cardprinter.", []string{"devices."}},
	{"devices/receipt.", []string{"devices."}},
	{"devices/smartcard.", []string{"devices."}},
	{"devices/terminal.", []string{"devices."}},
	{"devices/transport", []string{"devices.", "devices/transport"}},
	{"devices", []string{"devices"}},
	{"kiosk", []string{"kiosk", "devices.", "devices/cabinet.", "devices/capture.", "devices/cardprinter.", "devices/receipt.", "devices/smartcard.", "devices/terminal."}},
	// Beside the screen: plain values and the terminal's words for guidance.
	{"ui", []string{"ui", "kiosk/front", "kiosk/kwd", "kiosk/civilid", "devices/terminal."}},
	{"sync/uplink", []string{"sync/api", "kiosk/ledger/record.", "kiosk/event"}},
	{"sync", []string{"sync", "kiosk/kwd", "kiosk/civilid", "kiosk/front", "kiosk/journey/fines", "kiosk/journey/pickup", "kiosk/ledger/record", "kiosk/event"}},
	{"cmd", []string{"cmd", "ui", "sync", "kiosk", "devices"}},
}

func fits(dir, folder string) bool {
	if alone, ok := strings.CutSuffix(folder, "."); ok {
		return dir == alone
	}
	return within(dir, folder)
}

// TestImportsPointOneWay holds for the product; a test may wire what it wants.
func TestImportsPointOneWay(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || s.dir == "kiosk/doc" {
			continue
		}
		i := slices.IndexFunc(layers, func(l struct {
			folder string
			may    []string
		}) bool {
			return fits(s.dir, l.folder)
		})
		if i < 0 {
			t.Errorf("%s: no rule says what this folder may import", s.path)
			continue
		}
		for _, name := range s.imports() {
			dir, ours := strings.CutPrefix(name, module)
			if ours && !slices.ContainsFunc(layers[i].may, func(f string) bool { return fits(dir, f) }) {
				t.Errorf("%s imports %s", s.path, name)
			}
		}
	}
}

// rooms are the only folders that may import a library, tests included.
var rooms = map[string][]string{
	"github.com/gotk3/gotk3":  {"ui/gtk"},
	"github.com/google/gousb": {"devices/transport/usb"},
	"github.com/tarm/serial":  {"devices/transport/serial"},
	"periph.io/x":             {"devices/cabinet/gpio"},
	"go.etcd.io/bbolt":        {"kiosk/ledger", "sync/central/boltstore"},
}

func TestLibrariesStayInTheirRooms(t *testing.T) {
	for _, s := range sources(t) {
		for _, name := range s.imports() {
			for library, folders := range rooms {
				if strings.HasPrefix(name, library) && !within(s.dir, folders...) {
					t.Errorf("%s imports %s, which is for %v", s.path, name, folders)
				}
			}
			if s.dir == "devices" && strings.Contains(name, ".") {
				t.Errorf("%s imports %s: package devices has the standard library only", s.path, name)
			}
		}
	}
}

// TestKioskCallsNobody: the domain and its engine serve sockets, but reach the network
// only through interfaces.
func TestKioskCallsNobody(t *testing.T) {
	client := []string{"Client", "DefaultClient", "Transport", "DefaultTransport", "Get", "Head", "Post", "PostForm", "NewRequest", "NewRequestWithContext"}
	for _, s := range sources(t) {
		if s.test || !within(s.dir, "kiosk") {
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			if of, name := selector(n); of == "http" && slices.Contains(client, name) {
				t.Errorf("%s: http.%s", fset.Position(n.Pos()), name)
			}
			return true
		})
	}
}

// selector takes "a.B" apart.
func selector(n ast.Node) (of, name string) {
	if s, ok := n.(*ast.SelectorExpr); ok {
		if id, ok := s.X.(*ast.Ident); ok {
			return id.Name, s.Sel.Name
		}
	}
	return "", ""
}

func TestTopLevelFolders(t *testing.T) {
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	known := []string{"cmd", "devices", "kiosk", "out", "packaging", "sync", "systemd", "ui"}
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") && !slices.Contains(known, e.Name()) {
			t.Errorf("folder %s: the top level is %v", e.Name(), known)
		}
	}
}

func TestPackagesAreNamedAndDocumented(t *testing.T) {
	documented := make(map[string]bool)
	for _, s := range sources(t) {
		if slices.Contains([]string{"sync", "util", "utils", "common", "helpers"}, s.ast.Name.Name) {
			t.Errorf("%s: package %s says nothing about what is in it", s.path, s.ast.Name.Name)
		}
		if s.test {
			continue
		}
		doc := s.ast.Doc.Text()
		if s.ast.Name.Name != "main" && !strings.HasPrefix(doc, "Package "+s.ast.Name.Name+" ") {
			doc = ""
		}
		documented[s.dir] = documented[s.dir] || doc != ""
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("%s has no package comment", dir)
		}
	}
}

func TestFuzzTargetsHaveACorpus(t *testing.T) {
	for _, s := range sources(t) {
		for _, d := range s.ast.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || !s.test || !strings.HasPrefix(f.Name.Name, "Fuzz") {
				continue
			}
			corpus := path.Join(s.dir, "testdata", "fuzz", f.Name.Name)
			if files, err := os.ReadDir(filepath.Join(root, corpus)); err != nil || len(files) == 0 {
				t.Errorf("%s: %s has no corpus in %s", s.path, f.Name.Name, corpus)
			}
		}
	}
}

// TestNoTestSleeps: a test waits for an event, or sleeps in the virtual time of
// synctest.
func TestNoTestSleeps(t *testing.T) {
	for _, s := range sources(t) {
		if !s.test || slices.Contains(s.imports(), "testing/synctest") {
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			if of, name := selector(n); of == "time" && name == "Sleep" {
				t.Errorf("%s: time.Sleep", fset.Position(n.Pos()))
			}
			return true
		})
	}
}

var link = regexp.MustCompile(`\]\(([^)#\s]+)[^)]*\)`)

// TestLinks: what a document points at, inside the repository, is there.
func TestLinks(t *testing.T) {
	documents, err := filepath.Glob(root + "/kiosk/doc/adr/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"/*.md", "/*/*.md", "/kiosk/doc/*.md"} {
		more, _ := filepath.Glob(root + pattern)
		documents = append(documents, more...)
	}
	if len(documents) < 8 {
		t.Fatalf("only %d documents found", len(documents))
	}
	for _, document := range documents {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(document), m[1])); err != nil {
				t.Errorf("%s points at %s: %v", document, m[1], err)
			}
		}
	}
}
