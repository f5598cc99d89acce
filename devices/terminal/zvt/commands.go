package zvt

import "time"

const (
	// ConfigUnattended is the config byte of a kiosk: the terminal tells what it does
	// (08), has neither amount entry nor administration of its own (10, 20), and the
	// kiosk composes all receipts itself (02, 04), so that the answer to the 04 0F is
	// the only commit point.
	ConfigUnattended = 0x3E
	// ConfigSlips lets the terminal compose the receipts and send them as lines
	// instead of printing (80). The answers to them then count for the commit too.
	ConfigSlips = 0xBE

	noServiceKey   = 0x01 // 03 of 06 00: no service menu on a function key
	repeatSilently = 0x03 // 03 of 06 20: send the last 04 0F (01), print nothing (02)
	paymentNormal  = 0x40 // 19 of 06 01: the terminal decides how, no GeldKarte
	slipsIfPaid    = 0xA0 // 1F04: customer (80) and merchant (20) slip of what succeeded
	charsetUTF8    = 0xFE
	charset437     = 0xFF   // what holds unless another one was agreed
	maxAPDU        = 0x0400 // the longest APDU we declare to take
	voteNo         = 0x66   // error code of a negative vote; free to choose
	voteNotYet     = 0x9C   // error code that holds an approval
)

// Registration is what a 06 00 agrees.
type Registration struct {
	Password string // six digits
	Currency int    // ISO 4217 number
	Columns  int    // of the kiosk's receipt; with it the terminal sends its slips
	Sequence bool   // offer message sequence ids
}

// AppendRegistration appends the 06 00 of an unattended kiosk.
func AppendRegistration(dst []byte, r Registration) []byte {
	var permitted, tlv []byte
	for _, c := range []Command{MsgPrintText, MsgSetClock} {
		permitted = AppendTLV(permitted, TagCommand, byte(c>>8), byte(c))
	}
	tlv = AppendTLV(tlv, TagPermitted, permitted...)
	tlv = AppendTLV(tlv, TagCharsets, AppendTLV(nil, TagCharset, charsetUTF8)...)
	tlv = AppendTLV(tlv, TagMaxAPDU, maxAPDU>>8, maxAPDU&0xFF)
	config := byte(ConfigUnattended)
	if r.Columns > 0 {
		config = ConfigSlips
		tlv = AppendTLV(tlv, TagColumns, AppendBCD(nil, uint64(r.Columns), 1)...)
		tlv = AppendTLV(tlv, TagReceipts, slipsIfPaid)
	}
	if r.Sequence {
		tlv = AppendTLV(tlv, TagSequence, 0, 0, 0)
	}
	data := append(appendPassword(nil, r.Password), config)
	data = AppendBCD(data, uint64(r.Currency), 2)
	data = AppendField(data, 0x03, noServiceKey)
	data = AppendField(data, 0x06, tlv...)
	return AppendAPDU(dst, CmdRegister, data...)
}

// Authorisation is what a 06 01 asks for.
type Authorisation struct {
	Amount   int64 // minor units
	Currency int   // always sent, because a missing one means EUR
	// Wait and Holds agree the issue of goods: how long the terminal waits for an
	// answer to its 04 0F (seconds, to 255), and how often that may be "not yet"
	// (to 255). Both are left out when Wait is 0.
	Wait  time.Duration
	Holds int
	TLV   []byte // left out when empty
}

// AppendPayment appends the 06 01.
func AppendPayment(dst []byte, a Authorisation) []byte {
	data := appendAmount(nil, a.Amount, a.Currency)
	data = AppendField(data, 0x19, paymentNormal)
	if a.Wait > 0 {
		data = AppendField(data, 0x01, byte(min(a.Wait/time.Second, 0xFF)))
		data = AppendField(data, 0x02, byte(min(a.Holds, 0xFF)))
	}
	return AppendAPDU(dst, CmdPay, appendContainer(data, a.TLV)...)
}

// AppendReversal appends the 06 30 of the payment with that receipt number. Amount and
// currency are a safeguard: the terminal reverses only what agrees with them.
func AppendReversal(dst []byte, password string, receipt int, amount int64, currency int, tlv ...byte) []byte {
	data := AppendField(appendPassword(nil, password), 0x87, AppendBCD(nil, uint64(receipt), 2)...)
	data = appendAmount(data, amount, currency)
	return AppendAPDU(dst, CmdReverse, appendContainer(data, tlv)...)
}

// AppendRepeat appends the 06 20 that asks for the 04 0F of the last transaction and
// no print.
func AppendRepeat(dst []byte, password string) []byte {
	return AppendAPDU(dst, CmdRepeat, AppendField(appendPassword(nil, password), 0x03, repeatSilently)...)
}

// AppendEndOfDay appends the 06 50.
func AppendEndOfDay(dst []byte, password string) []byte {
	return AppendAPDU(dst, CmdEndOfDay, appendPassword(nil, password)...)
}

// AppendDiagnosis appends the 06 70: the terminal asks its host, and passes the host's
// clock on.
func AppendDiagnosis(dst []byte) []byte { return AppendAPDU(dst, CmdDiagnosis) }

// AppendInitialise appends the 06 93.
func AppendInitialise(dst []byte, password string) []byte {
	return AppendAPDU(dst, CmdInitialise, appendPassword(nil, password)...)
}

// AppendClock appends the 06 91 that sets the terminal's clock to t, as it shows.
func AppendClock(dst []byte, password string, t time.Time) []byte {
	return AppendAPDU(dst, CmdClock, appendMoment(appendPassword(nil, password), t)...)
}

// AppendLanguage appends the 08 30; code is one of Languages.
func AppendLanguage(dst []byte, code byte) []byte { return AppendAPDU(dst, CmdLanguage, code) }

// AppendBaud appends the 08 40; code is one of the Baud values.
func AppendBaud(dst []byte, code byte) []byte { return AppendAPDU(dst, CmdBaud, code) }

// Codes of the 08 40.
const (
	Baud9600   = 0x00
	Baud19200  = 0x01
	Baud57600  = 0x06
	Baud115200 = 0x07
)

// Languages are the codes of the 08 30 by ISO 639-1. Arabic is not among them: tag 15
// of a payment is all that can be said about it.
var Languages = map[string]byte{
	"de": 0x00, "en": 0x01, "fr": 0x02, "it": 0x03, "hu": 0x04, "sl": 0x05, "es": 0x06, "cs": 0x07,
	"sv": 0x08, "nl": 0x09, "pl": 0x0A, "sk": 0x0B, "da": 0x0C, "el": 0x0D, "pt": 0x0E, "lt": 0x0F,
}

func appendAmount(dst []byte, amount int64, currency int) []byte {
	dst = AppendField(dst, 0x04, AppendBCD(nil, uint64(amount), 6)...)
	return AppendField(dst, 0x49, AppendBCD(nil, uint64(currency), 2)...)
}

func appendContainer(dst, tlv []byte) []byte {
	if len(tlv) == 0 {
		return dst
	}
	return AppendField(dst, 0x06, tlv...)
}

func appendMoment(dst []byte, t time.Time) []byte {
	dst = AppendField(dst, 0xAA, AppendBCD(nil, uint64(t.Year()%100*10000+int(t.Month())*100+t.Day()), 3)...)
	return AppendField(dst, 0x0C, AppendBCD(nil, uint64(t.Hour()*10000+t.Minute()*100+t.Second()), 3)...)
}

func appendPassword(dst []byte, digits string) []byte {
	for i := 0; i+1 < len(digits); i += 2 {
		dst = append(dst, (digits[i]-'0')<<4|(digits[i+1]-'0'))
	}
	return dst
}
