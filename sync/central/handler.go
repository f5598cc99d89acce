package central

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"time"

	"murur/sync/api"
)

// errBadRequest: the request is not what the contract says.
var errBadRequest = errors.New("not a request of the contract")

// Identify tells which kiosk asks; empty: cannot tell.
type Identify func(*http.Request) string

// ByHeader believes the header. It is for development and for a proxy that checks
// client certificates; a server with mutual TLS reads the certificate instead.
func ByHeader(r *http.Request) string { return r.Header.Get(api.KioskHeader) }

type kioskKey struct{}

func kioskOf(ctx context.Context) string {
	id, _ := ctx.Value(kioskKey{}).(string)
	return id
}

// Handler serves the contract.
func (s *Server) Handler(identify Identify) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		write(w, problem(http.StatusNotFound, api.TypeBadRequest, "No such operation."))
	})
	strict := api.NewStrictHandlerWithOptions(s, nil, api.StrictHTTPServerOptions{
		RequestErrorHandlerFunc: refuse, ResponseErrorHandlerFunc: s.fail,
	})
	api.HandlerWithOptions(strict, api.StdHTTPServerOptions{BaseRouter: mux, ErrorHandlerFunc: refuse})
	return s.guard(identify, mux)
}

// guard lets through what is small enough and comes from a kiosk.
func (s *Server) guard(identify Identify, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limit := int64(api.MaxRequestBytes)
		if r.URL.Path == "/v1/records" {
			limit = api.MaxBatchBytes
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		kiosk := identify(r)
		switch {
		case r.URL.Path != "/v1/health" && !api.ValidKiosk(kiosk):
			write(w, problem(http.StatusUnauthorized, api.TypeNoKiosk, "No kiosk named."))
			return
		case r.ContentLength != 0 && !isJSON(r.Header.Get("Content-Type")):
			write(w, problem(http.StatusUnsupportedMediaType, api.TypeBadRequest, "The body must be application/json."))
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), kioskKey{}, kiosk)))
	})
}

func isJSON(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && media == "application/json"
}

// refuse answers a request that is not in the contract's form. The error is not
// repeated: it can hold what somebody typed.
func refuse(w http.ResponseWriter, _ *http.Request, err error) {
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		write(w, problem(http.StatusRequestEntityTooLarge, api.TypeTooLarge, "Body too large."))
		return
	}
	write(w, problem(http.StatusBadRequest, api.TypeBadRequest, "Not a request of the contract."))
}

// fail answers a request that could not be served.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, errBadRequest) {
		refuse(w, r, err)
		return
	}
	s.log.ErrorContext(r.Context(), "request.failed", "kiosk", kioskOf(r.Context()), "method", r.Method, "error", err)
	write(w, problem(http.StatusInternalServerError, api.TypeInternal, "The server cannot answer now."))
}

func problem(status int, as api.ProblemType, title string) api.Problem {
	return api.Problem{Type: as, Status: status, Title: title}
}

func write(w http.ResponseWriter, p api.Problem) {
	w.Header().Set("Content-Type", api.ProblemMedia)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the kiosk is gone: nothing to be done
}

// HTTPServer has the limits that a server on a public network needs.
func HTTPServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    8 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}
