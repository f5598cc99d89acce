package terminal

import "strings"

// SlipKind says for whom a slip is.
type SlipKind string

const (
	SlipCustomer SlipKind = "customer"
	SlipMerchant SlipKind = "merchant"
	SlipAdmin    SlipKind = "administration"
	SlipUnknown  SlipKind = "" // the terminal did not say
)

// Slip is a paper that the terminal would have printed. The kiosk puts it on its own
// receipt and never prints a second paper.
type Slip struct {
	Kind  SlipKind   `json:"kind,omitempty"`
	Lines []SlipLine `json:"lines"`
}

// SlipLine is one line of a Slip, without line end. An empty Text is an empty line.
type SlipLine struct {
	Text    string `json:"text,omitempty"`
	Indent  int    `json:"indent,omitempty"` // columns
	Centred bool   `json:"centred,omitempty"`
	Wide    bool   `json:"wide,omitempty"` // double width
	Tall    bool   `json:"tall,omitempty"` // double height
}

// String is the slip as plain text.
func (s Slip) String() string {
	var b strings.Builder
	for _, l := range s.Lines {
		b.WriteString(strings.Repeat(" ", l.Indent))
		b.WriteString(l.Text)
		b.WriteByte('\n')
	}
	return b.String()
}
