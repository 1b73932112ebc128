package assess

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/fourfold/fourfold/questions"
)

// VerifyReceipt checks one receipt without a server or a database: that its text is
// canonical, that each part is the one that was hashed, that the answers earn the very
// result under the form, and that the signature is over just these bytes. It fails with a
// *Difference that names the first place that is not as it should be. A public key that
// is not nil must be the one the receipt was signed with; otherwise the key inside is
// taken, which proves that nothing was changed but not who signed.
func VerifyReceipt(text []byte, pinned ed25519.PublicKey) (Receipt, error) {
	root, err := readCanonical(text)
	if err != nil {
		return Receipt{}, err
	}
	if err := shape(root, text); err != nil {
		return Receipt{}, err
	}
	changed := changedPart(root, text)
	r, err := decodeReceipt(root, text)
	if err == nil && r.Kind == WholeReceipt {
		err = r.rescores(root, text)
	}
	var found *Difference
	if changed != nil && !(errors.As(err, &found) && within(found.Path, changed.Path)) {
		err = changed // the part is known; a closer look found nothing inside it
	}
	if err == nil {
		err = r.Signature.check(root, text, pinned)
	}
	if err != nil {
		return Receipt{}, err
	}
	return r, nil
}

// within reports whether a pointer leads into the part another names.
func within(path, part string) bool { return path == part || strings.HasPrefix(path, part+"/") }

// members are what a receipt of each kind has, in this order.
var members = map[ReceiptKind][]string{
	WholeReceipt:     {"schema", "kind", "result", "answers", "form", "commitments", "salts", "hashes", "signature"},
	CandidateReceipt: {"schema", "kind", "outcome", "answers", "commitments", "hashes", "signature"},
}

// shape looks at the outermost members alone.
func shape(root *node, text []byte) error {
	if root.kind != '{' {
		return &Difference{"", string(root.text(text)), "no receipt"}
	}
	state := func(name, want string) error {
		if n := root.member(name); n != nil && string(n.text(text)) != strconv.Quote(want) {
			return &Difference{jsonPointer(name), string(n.text(text)), strconv.Quote(want)}
		}
		return nil
	}
	if err := state("schema", ReceiptSchema); err != nil {
		return err
	}
	kind := WholeReceipt
	if n := root.member("kind"); n != nil && string(n.text(text)) == strconv.Quote(string(CandidateReceipt)) {
		kind = CandidateReceipt
	} else if err := state("kind", string(WholeReceipt)); err != nil {
		return err
	}
	for i, want := range members[kind] {
		if i >= len(root.names) {
			return &Difference{jsonPointer(want), "nothing", "a member " + strconv.Quote(want)}
		}
		if name := root.names[i]; name != want {
			return &Difference{jsonPointer(name), "a member " + strconv.Quote(name), "a member " + strconv.Quote(want)}
		}
	}
	if len(root.names) > len(members[kind]) {
		name := root.names[len(members[kind])]
		return &Difference{jsonPointer(name), "a member " + strconv.Quote(name), "nothing"}
	}
	return nil
}

// changedPart is the first part that is not the one that was hashed.
func changedPart(root *node, text []byte) *Difference {
	var stated []PartHash
	hashes := root.member("hashes")
	if err := json.Unmarshal(hashes.text(text), &stated); err != nil || hashes.kind != '[' {
		return &Difference{"/hashes", "no list of hashes", fmt.Sprint(err)}
	}
	list := parts(root)
	for i := range max(len(list), len(stated)) {
		at := "/hashes/" + strconv.Itoa(i)
		switch {
		case i >= len(list):
			return &Difference{at, stated[i].At, "nothing"}
		case i >= len(stated):
			return &Difference{list[i].at, "no hash", hashOf(list[i].text(text))}
		case stated[i].At != list[i].at:
			return &Difference{list[i].at, "a part " + strconv.Quote(list[i].at), "a hash of " + strconv.Quote(stated[i].At) + " at " + at}
		}
		if found := hashOf(list[i].text(text)); stated[i].Hash != found {
			return &Difference{list[i].at, "a hash of " + stated[i].Hash + " at " + at, "text with the hash " + found}
		}
	}
	return nil
}

// decodeReceipt reads a receipt whose text says nothing that its kind does not have.
func decodeReceipt(root *node, text []byte) (Receipt, error) {
	var r Receipt
	if err := json.Unmarshal(text, &r); err != nil {
		var at *json.UnmarshalTypeError
		if errors.As(err, &at) {
			path, n := root.find(int(at.Offset) - 1)
			return r, &Difference{path, string(n.text(text)), "no " + at.Type.String()}
		}
		return r, &Difference{"", "a receipt", err.Error()}
	}
	again, err := canonical(r)
	if err != nil {
		return r, err
	}
	if bytes.Equal(again, text) {
		return r, nil
	}
	found, err := readCanonical(again)
	if err != nil {
		return r, err
	}
	return r, asError(differ("", root, text, found, again))
}

// asError keeps a nil Difference from becoming an error that is not nil.
func asError(d *Difference) error {
	if d == nil {
		return nil
	}
	return d
}

// find returns the innermost value that holds a byte, and where it stands.
func (n *node) find(at int) (string, *node) {
	for i, inner := range n.inner {
		if at >= inner.start && at < inner.end {
			name := strconv.Itoa(i)
			if n.kind == '{' {
				name = n.names[i]
			}
			path, found := inner.find(at)
			return jsonPointer(name) + path, found
		}
	}
	return "", n
}

// rescores scores the answers of a whole receipt again and compares the result with the
// one stated, byte by byte; then the commitments.
func (r Receipt) rescores(root *node, text []byte) error {
	if err := r.Form.Check(); err != nil {
		return &Difference{"/form", "a form", err.Error()}
	}
	if err := sameAs("/form", root.member("form"), text, r.Form.Recomputed()); err != nil {
		return err
	}
	for n, c := range r.Form.Chances {
		if c.Mean.Num >= c.Mean.Den {
			return &Difference{"/form/chances/" + strconv.Itoa(n) + "/mean", c.Mean.String(), "no chance level below all there is"}
		}
	}
	var stated ResultDocument
	if err := json.Unmarshal(r.Result, &stated); err != nil {
		return &Difference{"/result", "a result", err.Error()}
	}
	responses, err := r.responses()
	if err != nil {
		return err
	}
	if n := len(stated.SpentMS); n != len(r.Form.Items) {
		return &Difference{"/result/spent_ms", fmt.Sprintf("%d times", n), fmt.Sprintf("%d items", len(r.Form.Items))}
	}
	again := stated.scored(r.Form, r.Form.Hash(), responses)
	again.Schema = ResultSchema
	if err := sameAs("/result", root.member("result"), text, again); err != nil {
		return err
	}
	if n := len(r.Form.Items); len(r.Salts.Items) != n || len(r.Salts.Marks) != n {
		return &Difference{"/salts", fmt.Sprintf("%d and %d salts", len(r.Salts.Items), len(r.Salts.Marks)), fmt.Sprintf("%d items", n)}
	}
	c, err := r.committed(stated)
	if err != nil {
		return &Difference{"/salts", "hexadecimal digits", err.Error()}
	}
	return sameAs("/commitments", root.member("commitments"), text, c)
}

// sameAs compares what stands at a place with what was computed.
func sameAs(path string, stated *node, text []byte, computed any) error {
	again, err := canonical(computed)
	if err != nil || bytes.Equal(again, stated.text(text)) {
		return err
	}
	found, err := readCanonical(again)
	if err != nil {
		return err
	}
	return asError(differ(path, stated, text, found, again))
}

// responses are the answers as responses to the form's items.
func (r Receipt) responses() ([]questions.Response, error) {
	if len(r.Answers) != len(r.Form.Items) {
		return nil, &Difference{"/answers", fmt.Sprintf("%d answers", len(r.Answers)), fmt.Sprintf("%d items", len(r.Form.Items))}
	}
	responses := make([]questions.Response, len(r.Answers))
	for n, a := range r.Answers {
		at, i := "/answers/"+strconv.Itoa(n), r.Form.Items[n]
		if a.Position != n {
			return nil, &Difference{at + "/position", strconv.Itoa(a.Position), strconv.Itoa(n)}
		}
		if a.Item != i.ID {
			return nil, &Difference{at + "/item", strconv.Quote(a.Item), strconv.Quote(i.ID)}
		}
		if err := i.Check(a.Response); err != nil {
			return nil, &Difference{at + "/response", "a response", err.Error()}
		}
		if again, err := i.Decode(i.Encode(a.Response)); err != nil || !reflect.DeepEqual(again, a.Response) {
			return nil, &Difference{at + "/response", fmt.Sprintf("%+v", a.Response), fmt.Sprintf("%+v", again)}
		}
		responses[n] = a.Response
	}
	return responses, nil
}

// check verifies the signature over the text without its last member.
func (s *ReceiptSignature) check(root *node, text []byte, pinned ed25519.PublicKey) error {
	if s.Algorithm != SignatureAlgorithm {
		return &Difference{"/signature/algorithm", strconv.Quote(s.Algorithm), strconv.Quote(SignatureAlgorithm)}
	}
	public, err := hex.DecodeString(s.PublicKey)
	if err != nil || len(public) != ed25519.PublicKeySize || hex.EncodeToString(public) != s.PublicKey {
		return &Difference{"/signature/public_key", strconv.Quote(s.PublicKey), "no public key of 64 hexadecimal digits"}
	}
	if pinned != nil && !pinned.Equal(ed25519.PublicKey(public)) {
		return &Difference{"/signature/public_key", s.PublicKey, "the key asked for, " + hex.EncodeToString(pinned)}
	}
	value, err := hex.DecodeString(s.Value)
	if err != nil || len(value) != ed25519.SignatureSize || hex.EncodeToString(value) != s.Value {
		return &Difference{"/signature/value", strconv.Quote(s.Value), "no signature of 128 hexadecimal digits"}
	}
	end := root.member("signature").start - len(`,"signature":`)
	payload := append(slices.Clone(text[:end]), '}')
	if !ed25519.Verify(public, payload, value) {
		return &Difference{"/signature/value", "a signature", "another text or another key than was signed"}
	}
	return nil
}

// OpenReceipt checks a candidate's receipt against the whole one: the same answers, the
// same outcome, and commitments that are to the very form, key, marks and result that
// the whole receipt shows. Both are verified first.
func OpenReceipt(candidate, whole []byte, pinned ed25519.PublicKey) (own, full Receipt, err error) {
	if own, err = VerifyReceipt(candidate, pinned); err != nil {
		return own, full, err
	}
	if full, err = VerifyReceipt(whole, pinned); err != nil {
		return own, full, fmt.Errorf("the whole receipt: %w", err)
	}
	if own.Kind != CandidateReceipt || full.Kind != WholeReceipt {
		return own, full, &Difference{"/kind", string(own.Kind) + " and " + string(full.Kind), "a candidate's receipt and a whole one"}
	}
	if own.Signature.PublicKey != full.Signature.PublicKey {
		return own, full, &Difference{"/signature/public_key", own.Signature.PublicKey, full.Signature.PublicKey}
	}
	var d ResultDocument
	if err := json.Unmarshal(full.Result, &d); err != nil {
		return own, full, err
	}
	root, err := readCanonical(candidate)
	if err != nil {
		return own, full, err
	}
	shown := full.forCandidate(d)
	return own, full, cmp.Or(
		sameAs("/outcome", root.member("outcome"), candidate, shown.Outcome),
		sameAs("/answers", root.member("answers"), candidate, shown.Answers),
		sameAs("/commitments", root.member("commitments"), candidate, shown.Commitments),
	)
}
