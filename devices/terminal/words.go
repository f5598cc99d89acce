package terminal

// Guidance is what the person should do at the terminal, in the kiosk's words.
type Guidance string

const (
	GuideConnecting  Guidance = "connecting"
	GuideInsertCard  Guidance = "insert_card"
	GuideEnterPIN    Guidance = "enter_pin"
	GuideWrongPIN    Guidance = "wrong_pin"
	GuideWait        Guidance = "wait"
	GuideLook        Guidance = "look_at_terminal"
	GuideOtherCard   Guidance = "other_card"
	GuideTryAgain    Guidance = "try_again"
	GuideRemoveCard  Guidance = "remove_card"
	GuideDeclined    Guidance = "declined"
	GuideFailed      Guidance = "failed"
	GuideUndoing     Guidance = "undoing"
	GuideUnavailable Guidance = "unavailable"
)

// Reason classes a refusal for the person in front of it.
type Reason string

const (
	ReasonDeclined    Reason = "declined"    // by the bank; the bank knows why
	ReasonFunds       Reason = "funds"       // balance or limit
	ReasonPIN         Reason = "pin"         // wrong too often
	ReasonCard        Reason = "card"        // this card cannot be used here
	ReasonCancelled   Reason = "cancelled"   // cancelled or too slow at the terminal
	ReasonLine        Reason = "line"        // the terminal's own line to the bank
	ReasonUnavailable Reason = "unavailable" // terminal not usable now
	ReasonMismatch    Reason = "mismatch"    // other amount or currency: voted down
	ReasonNotSaved    Reason = "not_saved"   // the kiosk could not save or deliver: voted down
	ReasonNotBooked   Reason = "not_booked"  // Query: the terminal has not booked it
	ReasonFinal       Reason = "final"       // Reverse: the payment cannot be undone here any more
)
