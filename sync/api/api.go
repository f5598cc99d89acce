// Package api is the contract between kiosk and central server: openapi.yaml, and
// the types, client and server made from it. The contract is the yaml file;
// api.gen.go follows it by "go generate".
//
// Conventions of the wire: JSON, money in whole fils, times in RFC 3339 UTC,
// errors as RFC 9457 problems whose type says which. The kiosk names itself in the
// header KioskHeader; with mutual TLS the same id stands in its certificate.
package api

import "regexp"

//go:generate go tool oapi-codegen -config oapi-codegen.yaml openapi.yaml

const (
	// KioskHeader carries the id of the asking kiosk.
	KioskHeader = "Murur-Kiosk"
	// ProblemMedia is the media type of every error.
	ProblemMedia = "application/problem+json"
	// MaxBatch is the largest number of records in one delivery.
	MaxBatch = 256
	// MaxBatchBytes is the largest delivery in bytes.
	MaxBatchBytes = 1 << 20
	// MaxRequestBytes is the largest body of every other request.
	MaxRequestBytes = 16 << 10
	// MaxReserve is the largest number of fines in one reservation.
	MaxReserve = 200
	// MaxPortrait and MaxSignature are the most bytes of a licence's pictures.
	MaxPortrait  = 150_000
	MaxSignature = 50_000
)

var (
	kioskID       = regexp.MustCompile(`^[A-Za-z0-9-]{1,32}$`)
	reservationID = regexp.MustCompile(`^[A-Za-z0-9-]{8,64}$`)
	applicationID = regexp.MustCompile(`^[A-Za-z0-9-]{1,40}$`)
)

// ValidKiosk tells whether id can be a kiosk's id.
func ValidKiosk(id string) bool { return kioskID.MatchString(id) }

// ValidReservation tells whether id can be a reservation's id.
func ValidReservation(id string) bool { return reservationID.MatchString(id) }

// ValidApplication tells whether id can be an application's number.
func ValidApplication(id string) bool { return applicationID.MatchString(id) }
