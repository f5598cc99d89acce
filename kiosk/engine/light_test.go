package engine

import (
	"testing"

	"murur/devices/cabinet"
	"murur/devices/terminal"
	"murur/kiosk/front"
)

func TestLightFor(t *testing.T) {
	pay := func(g terminal.Guidance) front.Screen {
		return front.Screen{Name: front.Pay, Payment: &front.PaymentView{Guidance: string(g)}}
	}
	paper := func(name front.Name, s front.PaperState) front.Screen {
		return front.Screen{Name: name, Paper: &front.ReceiptView{State: s}}
	}
	dark := light{}
	tests := []struct {
		name   string
		screen front.Screen
		want   light
	}{
		{"welcome", front.Screen{Name: front.Welcome}, dark},
		{"put your card in", front.Screen{Name: front.Identify, Ways: []front.Way{front.ByCard, front.ByCivil}}, light{cabinet.LampReader, cabinet.Blink}},
		{"cards do not work now", front.Screen{Name: front.Identify, Ways: []front.Way{front.ByCivil}}, dark},
		{"a number is typed", front.Screen{Name: front.NumberPad}, dark},
		{"keep the card in", front.Screen{Name: front.Busy, Doing: front.DoingReadCard}, light{cabinet.LampReader, cabinet.On}},
		{"looking up", front.Screen{Name: front.Busy, Doing: front.DoingLookup}, dark},
		{"list", front.Screen{Name: front.FineList}, dark},
		{"confirm", front.Screen{Name: front.Confirm}, dark},
		{"terminal connects", pay(terminal.GuideConnecting), light{cabinet.LampTerminal, cabinet.On}},
		{"pay card", pay(terminal.GuideInsertCard), light{cabinet.LampTerminal, cabinet.Blink}},
		{"PIN", pay(terminal.GuideEnterPIN), light{cabinet.LampTerminal, cabinet.Blink}},
		{"bank is asked", pay(terminal.GuideWait), light{cabinet.LampTerminal, cabinet.On}},
		{"take the pay card", pay(terminal.GuideRemoveCard), light{cabinet.LampTerminal, cabinet.Blink}},
		{"printing", paper(front.Receipt, front.PaperPrinting), dark},
		{"take the receipt", paper(front.Receipt, front.PaperTake), light{cabinet.LampReceipt, cabinet.Blink}},
		{"taken", paper(front.Receipt, front.PaperTaken), dark},
		{"thanks", paper(front.Thanks, front.PaperTake), dark},
		{"problem", front.Screen{Name: front.Problem}, dark},
		{"out of service", front.Screen{Name: front.OutOfService}, dark},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := lightFor(tt.screen); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}
