package layout

import "murur/devices/typeset"

// Fonts names the font files that a receipt is set in.
type Fonts = typeset.Fonts

// DebianFonts are the files of the Debian package fonts-noto-core.
func DebianFonts() Fonts { return typeset.DebianFonts() }
