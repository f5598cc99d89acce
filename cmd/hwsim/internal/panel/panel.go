// Package panel is the cabinet's panel: one local web page on which a person puts
// cards in, plays the payment terminal's customer, takes paper, causes trouble and
// sees what was printed. It is one page without anything from elsewhere; it shows
// every change as it happens.
//
// The page uses the same interface that scripts can use:
//
//	GET  /api/state         the State as JSON
//	GET  /api/events        the State after every change, as server-sent events
//	GET  /api/choices       cards and people to choose from, as JSON
//	POST /api/do            {"do": "reader insert civil-id 288012098012"}: one command,
//	                        see cabinet.Do. 204, or 400 or 409 with {"error": "…"}
//	GET  /api/papers/N.png  a printed paper, from 1
//	GET  /api/cards/N-front.png, N-back.png
//	                        a printed licence as it is now, from 1
//
// It is meant for the loopback address: whoever reaches it can do everything.
package panel

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"murur/cmd/hwsim/internal/cabinet"
)

//go:embed page
var page embed.FS

const (
	maxCommand = 1 << 10               // bytes of a request
	calm       = 40 * time.Millisecond // between two events: a paper is printed row by row
)

// Handler serves the panel of a cabinet.
func Handler(c *cabinet.Cabinet) http.Handler {
	files, err := fs.Sub(page, "page")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	p := panel{c}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(files))
	mux.HandleFunc("GET /api/state", p.state)
	mux.HandleFunc("GET /api/events", p.events)
	mux.HandleFunc("GET /api/choices", p.choices)
	mux.HandleFunc("POST /api/do", p.do)
	mux.HandleFunc("GET /api/papers/{name}", p.paper)
	mux.HandleFunc("GET /api/cards/{name}", p.card)
	return local(mux)
}

// Listen listens at a loopback address and refuses every other one.
func Listen(address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen at %q: %w", address, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("cannot listen at %q: the panel is for the loopback address only", address)
	}
	return net.Listen("tcp", address)
}

// local keeps out pages from elsewhere that a browser was led to: by the name they
// use for this machine, and by the content type a plain form cannot send.
func local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		ip := net.ParseIP(strings.Trim(host, "[]"))
		switch {
		case host != "localhost" && (ip == nil || !ip.IsLoopback()):
			http.Error(w, "this panel answers on the loopback address only", http.StatusForbidden)
		case r.Method == http.MethodPost && r.Header.Get("Content-Type") != "application/json":
			http.Error(w, "need application/json", http.StatusUnsupportedMediaType)
		default:
			w.Header().Set("Cache-Control", "no-store")
			w.Header().Set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'")
			next.ServeHTTP(w, r)
		}
	})
}

type panel struct{ cabinet *cabinet.Cabinet }

func (p panel) state(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, p.cabinet.State())
}

func (p panel) choices(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, cabinet.AllChoices())
}

func (p panel) events(w http.ResponseWriter, r *http.Request) {
	changes, stop := p.cabinet.Watch()
	defer stop()
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	var last []byte
	for {
		now, err := json.Marshal(p.cabinet.State())
		if err != nil {
			return
		}
		if !bytes.Equal(now, last) {
			fmt.Fprintf(w, "data: %s\n\n", now)
			if out.Flush() != nil {
				return
			}
			last = now
		}
		select {
		case <-r.Context().Done():
			return
		case <-changes:
		}
		select {
		case <-r.Context().Done():
			return
		case <-time.After(calm): // more is likely to follow at once
		}
	}
}

func (p panel) do(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Do string `json:"do"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxCommand)).Decode(&body); err != nil {
		fail(w, http.StatusBadRequest, fmt.Errorf("cannot read the command: %w", err))
		return
	}
	switch err := p.cabinet.Do(body.Do); {
	case errors.Is(err, cabinet.ErrCommand):
		fail(w, http.StatusBadRequest, err)
	case err != nil:
		fail(w, http.StatusConflict, err)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

func (p panel) paper(w http.ResponseWriter, r *http.Request) {
	show(w, r, r.PathValue("name"), p.cabinet.WritePaper)
}

func (p panel) card(w http.ResponseWriter, r *http.Request) {
	number, side, _ := strings.Cut(r.PathValue("name"), "-")
	if side != "front.png" && side != "back.png" {
		http.NotFound(w, r)
		return
	}
	show(w, r, number+".png", func(w io.Writer, number int) (bool, error) {
		return p.cabinet.WriteCard(w, number, side == "back.png")
	})
}

// show answers with the picture that name, a number with .png, stands for.
func show(w http.ResponseWriter, r *http.Request, name string, write func(io.Writer, int) (bool, error)) {
	number, err := strconv.Atoi(strings.TrimSuffix(name, ".png"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	var picture bytes.Buffer
	switch found, err := write(&picture, number); {
	case err != nil:
		fail(w, http.StatusInternalServerError, err)
	case !found:
		http.NotFound(w, r)
	default:
		w.Header().Set("Content-Type", "image/png")
		w.Write(picture.Bytes())
	}
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

func fail(w http.ResponseWriter, status int, err error) {
	reply(w, status, map[string]string{"error": err.Error()})
}
