package zvt

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// cp437 is the upper half of code page 437, which every terminal has.
const cp437 = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00A0"

var upper437 = []rune(cp437)

// text decodes p by a character set of tag 14: ASCII, ISO 8859-1 and -6, UTF-8, code
// page 437. What cannot be read becomes U+FFFD, control characters are left out.
func text(charset byte, p []byte) string {
	var b strings.Builder
	for len(p) > 0 {
		r, n := rune(p[0]), 1
		switch {
		case r < 0x80:
		case charset == charsetUTF8:
			r, n = utf8.DecodeRune(p)
		case charset == charset437:
			r = upper437[r-0x80]
		case charset == 0x01 && r >= 0xA0:
		case charset == 0x06 && isArabic(p[0]):
			r = 0x0600 + (r - 0xA0)
		default:
			r = utf8.RuneError
		}
		p = p[n:]
		if !unicode.IsControl(r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isArabic reports whether ISO 8859-6 has an Arabic character there.
func isArabic(b byte) bool {
	return b == 0xAC || b == 0xBB || b == 0xBF || b >= 0xC1 && b <= 0xDA || b >= 0xE0 && b <= 0xF2
}
