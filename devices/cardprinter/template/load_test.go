package template

import (
	"bytes"
	"image"
	"image/png"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// small is a template with the least that it must have. Tests add elements.
const small = `format = 1
name = "small"
dates = "YYYY-MM-DD"
[colours]
black = "#000000"
`

func folder(toml string) fstest.MapFS {
	var pixel bytes.Buffer
	if err := png.Encode(&pixel, image.NewNRGBA(image.Rect(0, 0, 4, 4))); err != nil {
		panic(err)
	}
	return fstest.MapFS{
		"t.toml":   {Data: []byte(toml)},
		"car.svg":  {Data: []byte(`<svg viewBox="0 0 10 10"><path d="M1 1 H9 V9 h-8 Z M2 2 l1 1 C3 3 4 4 5 5 q1 1 2 2 Z"/><circle cx="5" cy="5" r="2" fill="none" stroke-width="1"/><rect x="1" y="1" width="2" height="2"/></svg>`)},
		"odd.svg":  {Data: []byte("<svg viewBox=\"0 0 10 10\">\n<text>a</text></svg>")},
		"arc.svg":  {Data: []byte(`<svg viewBox="0 0 10 10"><path d="M1 1 A 1 1 0 0 0 2 2"/></svg>`)},
		"cut.svg":  {Data: []byte(`<svg viewBox="0 0 10 10"><path`)},
		"dot.png":  {Data: pixel.Bytes()},
		"cut.png":  {Data: pixel.Bytes()[:40]},
		"huge.svg": {Data: bytes.Repeat([]byte(" "), maxAsset+1)},
	}
}

// box is the beginning of an element of a side.
func box(kind string) string {
	return "[[front]]\nkind = \"" + kind + "\"\nat = [10, 10]\nsize = [20, 10]\n"
}

// Every mistake is an error that names the line and the key.
func TestLoadErrors(t *testing.T) {
	text := box("text") + "lang = \"en\"\ncolour = \"black\"\npt = 8\n"
	for name, c := range map[string]struct{ toml, want string }{
		"syntax":              {"format = ", "t.toml:1: "},
		"no format":           {strings.Replace(small, "format = 1", "", 1) + box("portrait"), "t.toml:1: format: must be 1"},
		"next format":         {strings.Replace(small, "format = 1", "format = 2", 1) + box("portrait"), "t.toml:1: format: "},
		"no name":             {strings.Replace(small, "small", "", 1) + box("portrait"), "t.toml:2: name: "},
		"date form":           {strings.Replace(small, "YYYY-MM-DD", "MM/DD", 1) + box("portrait"), "t.toml:3: dates: "},
		"unknown key":         {"paper = 1\n" + small + box("portrait"), "t.toml:1: paper: unknown key"},
		"no elements":         {small, "front: must have an element"},
		"unknown kind":        {small + box("hologram"), "t.toml:7: kind: must be one of"},
		"key of other kind":   {small + box("portrait") + "lines = 2\n", "t.toml:10: lines: unknown key"},
		"second element":      {small + box("portrait") + text + "text = \"a\"\nink = \"gold\"\n", "t.toml:18: ink: must be one of"},
		"same key before":     {small + box("box") + "colour = \"black\"\n" + strings.Replace(text, "black", "blak", 1) + "text = \"a\"\n", `t.toml:16: colour: "blak" is not in [colours]`},
		"bad colour":          {strings.Replace(small, "#000000", "black", 1) + box("portrait"), "t.toml:5: black: must be a colour"},
		"number is text":      {small + box("portrait") + "radius = \"1\"\n", "t.toml:10: radius: must be a number"},
		"number too large":    {small + box("portrait") + "radius = 99\n", "t.toml:10: radius: must be between 0 and 5"},
		"not a number":        {small + box("portrait") + "radius = nan\n", "t.toml:10: radius: must be between"},
		"place of three":      {small + "[[front]]\nkind = \"portrait\"\nat = [1, 2, 3]\nsize = [9, 9]\n", "t.toml:8: at: must be a list of 2 numbers"},
		"beyond the card":     {small + "[[front]]\nkind = \"box\"\nat = [80, 10]\nsize = [9, 9]\ncolour = \"black\"", "t.toml:8: at: reaches to 89.00"},
		"in the margin":       {small + "[[front]]\nkind = \"portrait\"\nat = [0.5, 10]\nsize = [9, 9]\n", "t.toml:8: at: reaches to"},
		"no size":             {small + "[[front]]\nkind = \"portrait\"\nat = [5, 10]\n", "t.toml:6: size: must be a list"},
		"overlap":             {small + box("portrait") + "[[front]]\nkind = \"signature\"\nat = [29, 19]\nsize = [9, 9]\ncolour = \"black\"", "t.toml:10: front: signature lies on the portrait of line 6"},
		"field and text":      {small + text + "field = \"name\"\ntext = \"a\"\n", "t.toml:14: text: either field or text"},
		"unknown field":       {small + text + "field = \"shoe_size\"\n", `t.toml:13: field: "shoe_size" is not a field`},
		"no text":             {small + text, "t.toml:6: text: must be there"},
		"no language":         {small + box("text") + "text = \"a\"\npt = 8\ncolour = \"black\"", "lang: must be one of"},
		"no size of type":     {small + box("text") + "text = \"a\"\nlang = \"en\"\ncolour = \"black\"", "t.toml:6: pt: must be there"},
		"sizes turned round":  {small + strings.Replace(text, "pt = 8", "pt = [5, 8]", 1) + "text = \"a\"\n", "t.toml:12: pt: the larger"},
		"a line and a half":   {small + text + "text = \"a\"\nlines = 1.5\n", "t.toml:14: lines: must be a whole number"},
		"torn Arabic":         {small + strings.Replace(text, `"en"`, `"ar"`, 1) + "text = \"ا\"\nspacing = 1\n", "t.toml:14: spacing: "},
		"line break in text":  {small + text + "text = \"a\\nb\"\n", "t.toml:13: text: "},
		"text too long":       {small + text + "text = \"much too long for this box of two centimetres\"\n", "t.toml:6: text: "},
		"text without glyph":  {small + text + "text = \"李\"\n", "t.toml:6: text: "},
		"no file":             {small + box("picture") + "colour = \"black\"\nfile = \"none.svg\"", "t.toml:11: file: "},
		"file outside":        {small + box("picture") + "colour = \"black\"\nfile = \"../car.svg\"", "t.toml:11: file: "},
		"file too large":      {small + box("picture") + "colour = \"black\"\nfile = \"huge.svg\"", "t.toml:11: file: huge.svg: more than"},
		"odd drawing":         {small + box("picture") + "colour = \"black\"\nfile = \"odd.svg\"", "t.toml:11: file: odd.svg: line 2: text: element is not understood"},
		"arc":                 {small + box("picture") + "colour = \"black\"\nfile = \"arc.svg\"", "command 'A' is not understood"},
		"cut drawing":         {small + box("picture") + "colour = \"black\"\nfile = \"cut.svg\"", "t.toml:11: file: cut.svg: "},
		"cut picture":         {small + box("picture") + "file = \"cut.png\"", "t.toml:10: file: cut.png: "},
		"row":                 {small + table1("{ code = \"B\", picture = \"car.svg\" },\n{ code = \"B\", picture = \"car.svg\" },\n"), "t.toml:16: code: "},
		"row key":             {small + table1("{ code = \"B\", picture = \"car.svg\" },\n{ code = \"C\", picture = \"car.svg\", colour = 1 },\n"), "t.toml:16: colour: unknown key"},
		"no rows":             {small + table1(""), "t.toml:14: rows: must be there"},
		"period of a rosette": {small + box("guilloche") + "colour = \"black\"\nshape = \"rosette\"\nwaves = [\n{ height = 1, period = 2.5 },\n]\n", "t.toml:13: period: "},
		"empty box":           {small + box("box"), "t.toml:6: colour: a box needs"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(folder(c.toml), "t.toml", fonts(t))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v\nwant %s", err, c.want)
			}
		})
	}
	if _, err := Load(folder(small), "other.toml", fonts(t)); err == nil {
		t.Error("no file: no error")
	}
}

func table1(rows string) string {
	return box("categories") + "colour = \"black\"\nfaint = \"black\"\npt = 5\ncolumns = [0, 3, 6, 10, 15]\nrows = [\n" + rows + "]\n"
}

// What is good is drawn: one side, a window, both forms of everything.
func TestSmallTemplate(t *testing.T) {
	toml := small + box("window") + "radius = 2\n" + `
[[front]]
kind = "box"
at = [9, 9]
size = [22, 12]
colour = "black"
[[front]]
kind = "picture"
at = [40, 10]
size = [10, 10]
file = "car.svg"
ink = "resin"
[[front]]
kind = "picture"
at = [60, 10]
size = [10, 10]
file = "dot.png"
[[front]]
kind = "text"
field = "given"
lang = "en"
pt = 8
optional = true
ink = "resin"
at = [10, 30]
size = [50, 6]
`
	tmpl, err := Load(folder(toml), "t.toml", fonts(t))
	if err != nil {
		t.Fatal(err)
	}
	a, err := tmpl.Render(Licence{Number: "1"})
	if err != nil {
		t.Fatal(err)
	}
	middle, outside := [2]int{236, 177}, [2]int{110, 177}
	s := a.Front
	if a.Back != nil || a.Number != "1" || s.Overlay == nil {
		t.Fatalf("%+v", a)
	}
	if s.Overlay.At(middle[0], middle[1]) || !s.Overlay.At(outside[0], outside[1]) {
		t.Error("no varnish on the window, and varnish beside it")
	}
	if s.Colour.NRGBAAt(middle[0], middle[1]).R != 255 || s.Colour.NRGBAAt(outside[0], outside[1]).R != 0 {
		t.Error("no dye on the window, and dye beside it")
	}
	if !s.Resin.At(492, 218) {
		t.Error("no car")
	}
	if front, back := Preview(a); front == nil || back != nil {
		t.Error("preview of one side")
	}
}

// Every key of the specimen is explained in the manual.
func TestManual(t *testing.T) {
	manual, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	data, err := fs.ReadFile(Specimen(), "template.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^([a-z]+) = (?:[^"]|"[^#])`).FindAllSubmatch(data, -1) {
		if !regexp.MustCompile(`\b` + string(m[1]) + `\b`).Match(manual) {
			t.Errorf("the manual says nothing about %s", m[1])
		}
	}
}

// FuzzTemplate: whatever stands in a file, reading it ends, and what is taken keeps to
// the card.
func FuzzTemplate(f *testing.F) {
	f.Fuzz(func(t *testing.T, toml, svg string) {
		files := folder(toml)
		files["a.svg"] = &fstest.MapFile{Data: []byte(svg)}
		got, err := parse(files, "t.toml")
		if err != nil {
			return
		}
		for _, side := range got.sides {
			for _, e := range side {
				if b := e.at().box; b.Empty() || !b.In(card) {
					t.Errorf("%s at %v", e.at().kind, b)
				}
			}
		}
	})
}
