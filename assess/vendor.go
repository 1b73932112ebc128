package assess

import "slices"

// Vendor is an applicant tracking system that has doors of its own shape here.
type Vendor string

// The vendors.
const (
	Greenhouse Vendor = "greenhouse"
	Ashby      Vendor = "ashby"
	Workable   Vendor = "workable"
	Recruitee  Vendor = "recruitee"
	Kombo      Vendor = "kombo"
)

// Vendors lists the vendors in the order pages offer them.
var Vendors = []Vendor{Greenhouse, Ashby, Workable, Recruitee, Kombo}

// VendorRule says what a connection to a vendor consists of.
type VendorRule struct {
	// Hosts are allowed as places of callbacks named in orders, unless the owner
	// names others; nil where orders name none.
	Hosts []string
	// InOrder: where the vendor is called stands in each order, so that it has to be
	// on the list of hosts.
	InOrder bool
	// Base is where the vendor is called otherwise.
	Base string
	// Account: the owner must say which account there is meant.
	Account bool
	// Credential: the vendor issues what it must be called with. Without it the
	// vendor is called with the key it calls us with.
	Credential bool
	// Signed: the vendor calls an address that holds our key and signs each message
	// under a secret it issues.
	Signed bool
	// Hears are the events the vendor is told of.
	Hears []EventKind
	// Pulls: the vendor is told that there is a result, and fetches it.
	Pulls bool
	// Beta: the shape of orders and results is known at second hand only.
	Beta bool
}

// Rule returns what a connection to the vendor consists of; false for a vendor
// nobody knows.
func (v Vendor) Rule() (VendorRule, bool) {
	r, ok := vendorRules[v]
	return r, ok
}

var (
	endings     = []EventKind{SittingWithdrawn, InvitationCancelled, InvitationExpired}
	resultTold  = []EventKind{ResultReady, ResultRescored}
	vendorRules = map[Vendor]VendorRule{
		Greenhouse: {Hosts: []string{"app.greenhouse.io"}, InOrder: true, Hears: resultTold, Pulls: true},
		Ashby: {Base: "https://api.ashbyhq.com", Credential: true,
			Hears: slices.Concat([]EventKind{SittingStarted}, endings, resultTold)},
		// Each customer's callbacks go to a host of its own below workable.com.
		Workable: {InOrder: true, Credential: true, Beta: true,
			Hears: slices.Concat([]EventKind{InvitationCreated}, endings, resultTold)},
		Recruitee: {Base: "https://integrations.recruitee.com/api", Account: true, Credential: true,
			Hears: slices.Concat(endings, resultTold)},
		// Kombo takes no result twice.
		Kombo: {Base: "https://api.kombo.dev/v1", Account: true, Credential: true, Signed: true,
			Hears: slices.Concat(endings, []EventKind{ResultReady})},
	}
)
