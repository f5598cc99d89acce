package doc

import (
	"go/ast"
	"slices"
	"strconv"
	"strings"
	"testing"

	"murur/kiosk/event"
)

// TestLogsKeepToTheCatalogue: what belongs to kioskd logs through event.Log, with the
// fields that the catalogue names, and every event of the catalogue happens. Drivers
// stand below the catalogue; what they say of their wires is their own.
func TestLogsKeepToTheCatalogue(t *testing.T) {
	all := sources(t)
	names := eventNames(all)
	used := make(map[string]bool)
	for _, s := range all {
		if s.test || !within(s.dir, "kiosk", "sync/uplink", "sync/downlink", "cmd/kioskd") || s.dir == "kiosk/event" {
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			if of, name := selector(n); of == "event" {
				used[name] = true
			}
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if of, name := selector(call.Fun); of == "event" && name == "Log" && len(call.Args) > 1 {
				checkFields(t, names, call)
			} else if logsText(call) {
				t.Errorf("%s logs without the catalogue", fset.Position(n.Pos()))
			}
			return true
		})
	}
	for name := range names {
		if !used[name] {
			t.Errorf("event.%s never happens", name)
		}
	}
}

// eventNames are the constants of the catalogue with their values.
func eventNames(all []source) map[string]event.Name {
	names := make(map[string]event.Name)
	for _, s := range all {
		if s.path != "kiosk/event/event.go" {
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == 1 {
				if text, ok := v.Values[0].(*ast.BasicLit); ok {
					value, _ := strconv.Unquote(text.Value)
					names[v.Names[0].Name] = event.Name(value)
				}
			}
			return true
		})
	}
	return names
}

// checkFields looks at the fields of a call whose event is a constant.
func checkFields(t *testing.T, names map[string]event.Name, call *ast.CallExpr) {
	_, name := selector(call.Args[1])
	entry, ok := event.Catalogue[names[name]]
	if !ok {
		return // an event chosen at run time
	}
	fields := strings.Fields(entry.Fields)
	for i := 2; i < len(call.Args); i += 2 {
		key, ok := call.Args[i].(*ast.BasicLit)
		if !ok {
			continue
		}
		if text, _ := strconv.Unquote(key.Value); !slices.Contains(fields, text) {
			t.Errorf("%s: %s has the fields %v, not %q", fset.Position(key.Pos()), names[name], fields, text)
		}
	}
}

// logsText recognises l.Info("text", …) and its siblings.
func logsText(call *ast.CallExpr) bool {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) == 0 {
		return false
	}
	name := strings.TrimSuffix(method.Sel.Name, "Context")
	if of, _ := selector(method); of == "http" { // http.Error
		return false
	}
	if !slices.Contains([]string{"Debug", "Info", "Warn", "Error", "Log", "LogAttrs"}, name) {
		return false
	}
	return slices.ContainsFunc(call.Args, func(a ast.Expr) bool {
		text, ok := a.(*ast.BasicLit)
		return ok && strings.HasPrefix(text.Value, `"`)
	})
}
