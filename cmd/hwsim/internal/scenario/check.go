package scenario

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// wanted is what a script says of the end.
type wanted struct {
	bank        []string // amounts
	papers      int      // -1: any number
	records     []wantedRecord
	differences []string
	issued      int
	retained    int
	stock       []int // loaded, issued, rejected, retracted, remaining; nil: not asked
}

type wantedRecord struct {
	kind  string
	count int // -1: any, at least one
}

func (p *player) bank(_ context.Context, args []string) error {
	if args[0] != "none" {
		p.want.bank = args
	}
	return nil
}

func (p *player) papers(_ context.Context, args []string) (err error) {
	if args[0] == "any" {
		p.want.papers = -1
		return nil
	}
	p.want.papers, err = strconv.Atoi(args[0])
	return err
}

func (p *player) recorded(_ context.Context, args []string) (err error) {
	w := wantedRecord{kind: args[0], count: -1}
	if len(args) > 1 {
		w.count, err = strconv.Atoi(args[1])
	}
	p.want.records = append(p.want.records, w)
	return err
}

func (p *player) difference(_ context.Context, args []string) error {
	p.want.differences = append(p.want.differences, args[0])
	return nil
}

func (p *player) issued(_ context.Context, args []string) (err error) {
	p.want.issued, err = strconv.Atoi(args[0])
	return err
}

func (p *player) retained(_ context.Context, args []string) (err error) {
	p.want.retained, err = strconv.Atoi(args[0])
	return err
}

func (p *player) stock(_ context.Context, args []string) error {
	for _, a := range args {
		n, err := strconv.Atoi(a)
		if err != nil {
			return err
		}
		p.want.stock = append(p.want.stock, n)
	}
	return nil
}

// checkCards compares the cards with the script, and the account with the cards.
func (p *player) checkCards(ctx context.Context) error {
	if got := p.stage.Cabinet.Issued(); got != p.want.issued {
		return fmt.Errorf("%d licences were taken, not %d", got, p.want.issued)
	}
	if bin := p.stage.Cabinet.Bin(); len(bin) != p.want.retained {
		return fmt.Errorf("in the retain bin are %v, not %d", bin, p.want.retained)
	}
	list, err := p.stage.Stock(ctx)
	if err != nil {
		return err
	}
	for _, b := range list {
		got := []int{b.Loaded, b.Issued, b.Rejected, b.Retracted, b.Remaining()}
		if p.want.stock != nil && !slices.Equal(got, p.want.stock) {
			return fmt.Errorf("the account of batch %s is %v, not %v", b.ID, got, p.want.stock)
		}
		if fed := len(p.stage.Cabinet.State().Licence.Cards); b.Feeder() != b.Loaded-fed {
			return fmt.Errorf("the account has %d blanks in the feeder, %d were fed", b.Feeder(), fed)
		}
	}
	return nil
}

// settle waits until central has everything, then compares the three books: the
// bank's, central's and the script's; and looks at papers and wires.
func (p *player) settle(ctx context.Context) error {
	if err := p.await(ctx, []string{"delivered"}); err != nil {
		return fmt.Errorf("central did not get the records: %w", err)
	}
	charged := map[string]string{} // amount by trace
	var amounts []string
	for _, x := range p.stage.Cabinet.Book() {
		if x.Charged() {
			charged[fmt.Sprintf("%06d", x.Trace)] = amount(x.Amount)
			amounts = append(amounts, amount(x.Amount))
		}
	}
	if !slices.Equal(amounts, p.want.bank) {
		return fmt.Errorf("the bank charged [%s], not [%s]", strings.Join(amounts, " "), strings.Join(p.want.bank, " "))
	}
	postings, err := p.stage.Postings(ctx)
	if err != nil {
		return err
	}
	for _, posting := range postings {
		if was, ok := charged[posting.Trace]; !ok || was != posting.Amount.String() {
			return fmt.Errorf("central posted %s for trace %s, where the bank charged %q", posting.Amount, posting.Trace, was)
		}
		delete(charged, posting.Trace)
	}
	if len(charged) > 0 {
		return fmt.Errorf("charged, but not posted at central: %v", charged)
	}
	return errors.Join(p.checkDifferences(ctx), p.checkPapers(), p.checkCards(ctx), p.checkWires())
}

func (p *player) checkDifferences(ctx context.Context) error {
	list, err := p.stage.Differences(ctx)
	if err != nil {
		return err
	}
	var why []string
	for _, d := range list {
		why = append(why, string(d.Why))
	}
	if !slices.Equal(why, p.want.differences) {
		return fmt.Errorf("central has differences %v, not %v", why, p.want.differences)
	}
	return nil
}

func (p *player) checkPapers() error {
	whole := 0
	for _, paper := range p.stage.Cabinet.State().Printer.Papers {
		if paper.Complete {
			whole++
		}
	}
	if p.want.papers >= 0 && whole != p.want.papers {
		return fmt.Errorf("%d whole papers came out, not %d", whole, p.want.papers)
	}
	return nil
}

func (p *player) checkWires() error {
	if v := p.stage.Cabinet.Violations(); len(v) > 0 {
		return fmt.Errorf("protocol violations: %s", strings.Join(v, "; "))
	}
	return nil
}

// checkRecords compares the kinds in the ledger with the script.
func (w wanted) checkRecords(kinds []string) error {
	for _, want := range w.records {
		n := 0
		for _, k := range kinds {
			if k == want.kind {
				n++
			}
		}
		if n == 0 && want.count != 0 || want.count >= 0 && n != want.count {
			return fmt.Errorf("the ledger has %d records %s", n, want.kind)
		}
	}
	return nil
}
