package api

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"
)

// MaxAnswerBytes is the largest answer that is read: some fifteen hundred fines.
const MaxAnswerBytes = 1 << 20

// NewHTTPClient returns a client for one server. It follows no redirect, because
// that would carry a person's number to somebody else, and uses no proxy of the
// environment. config may be nil; with mutual TLS it holds the kiosk's certificate.
func NewHTTPClient(config *tls.Config) *http.Client {
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			TLSClientConfig:        config,
			TLSHandshakeTimeout:    5 * time.Second,
			MaxIdleConnsPerHost:    2,
			IdleConnTimeout:        90 * time.Second,
			MaxResponseHeaderBytes: 16 << 10,
			ForceAttemptHTTP2:      true,
		},
	}
}

// Dial returns the generated client for the server at base, asking as kiosk.
func Dial(base, kiosk string, over HttpRequestDoer) (*Client, error) {
	if !ValidKiosk(kiosk) {
		return nil, errors.New("cannot ask the central server: no valid kiosk id")
	}
	named := func(_ context.Context, r *http.Request) error {
		r.Header.Set(KioskHeader, kiosk)
		return nil
	}
	return NewClient(base, WithHTTPClient(over), WithRequestEditorFn(named))
}

// ErrAnswer: an answer is not in the form of the contract. Its text never repeats
// what the server sent.
var ErrAnswer = errors.New("the answer is not in the form of the contract")

// Answer is a whole answer of the server.
type Answer struct {
	Status int
	media  string
	body   []byte
}

// ReadAnswer reads and closes the body. Errors: ErrAnswer when it is too large, and
// those of the connection, among them a body that ends too early.
func ReadAnswer(r *http.Response) (Answer, error) {
	defer r.Body.Close()
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")) // wrong is empty
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxAnswerBytes+1))
	switch {
	case err != nil:
		return Answer{}, fmt.Errorf("cannot read the answer: %w", err)
	case len(body) > MaxAnswerBytes:
		return Answer{}, fmt.Errorf("%w: more than %d bytes", ErrAnswer, MaxAnswerBytes)
	}
	return Answer{r.StatusCode, media, body}, nil
}

// Into decodes the one JSON value of an answer of media type application/json.
// Unknown members are ignored. Errors: ErrAnswer.
func (a Answer) Into(v any) error { return a.into("application/json", v) }

// Problem is the problem in the answer; v, if not nil, receives the same with its
// further members. Errors: ErrAnswer.
func (a Answer) Problem(v any) (Problem, error) {
	var p Problem
	if err := a.into(ProblemMedia, &p); err != nil {
		return p, err
	}
	if v == nil {
		return p, nil
	}
	return p, a.into(ProblemMedia, v)
}

func (a Answer) into(media string, v any) error {
	if a.media != media {
		return fmt.Errorf("%w: status %d, not %s", ErrAnswer, a.Status, media)
	}
	return Decode(a.body, v)
}

// Decode decodes exactly one JSON value. Errors: ErrAnswer, with the place.
func Decode(body []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	err := d.Decode(v)
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong):
		return fmt.Errorf("%w: wrong type of %s at byte %d", ErrAnswer, wrong.Field, wrong.Offset)
	case err != nil:
		return fmt.Errorf("%w: bad JSON near byte %d of %d", ErrAnswer, d.InputOffset(), len(body))
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("%w: something follows the JSON", ErrAnswer)
	}
	return nil
}
