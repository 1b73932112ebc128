package assess_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
	"github.com/fourfold/fourfold/questions"
)

// receiptsTried is how many receipts are verified, and edited, in one run.
func receiptsTried(t *testing.T) int {
	t.Helper()
	text := os.Getenv("FOURFOLD_TEST_RECEIPTS")
	if text == "" {
		return 60
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func publicKey(t *testing.T, c *assess.Center) ed25519.PublicKey {
	t.Helper()
	key, err := c.ReceiptKey()
	if err != nil {
		t.Fatal(err)
	}
	public, err := assess.ParseReceiptKey(key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return public
}

// Receipts of random answers – complete, partial, tied – are all verified; then one
// byte of each is changed to another, anywhere, and the change is caught and named.
func TestReceiptsVerifyAndOneByteIsMissed(t *testing.T) {
	h := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	public := publicKey(t, h.Center)
	const seed = 11
	dice := rand.New(rand.NewPCG(seed, 1))
	for n := range receiptsTried(t) {
		responses := make([]questions.Response, len(h.Form.Items))
		for position := range responses {
			if dice.IntN(12) > n%4 {
				responses[position] = anything(h, position, dice)
			}
		}
		whole, own, err := h.MadeUpReceipts(h.Form, responses)
		if err != nil {
			t.Fatal(err)
		}
		text := whole
		if n%3 == 2 {
			text = own
		}
		if _, err := assess.VerifyReceipt(text, public); err != nil {
			t.Fatalf("seed %d, receipt %d: %v", seed, n, err)
		}
		at := dice.IntN(len(text))
		edited := bytes.Clone(text)
		for edited[at] == text[at] {
			edited[at] = byte(dice.IntN(256))
			if dice.IntN(2) == 0 {
				edited[at] = text[dice.IntN(len(text))] // more often than not still JSON
			}
		}
		_, err = assess.VerifyReceipt(edited, public)
		var d *assess.Difference
		if !errors.As(err, &d) {
			t.Fatalf("seed %d, receipt %d: %q for %q at byte %d: %v", seed, n, edited[at], text[at], at, err)
		}
		if where := placeOf(t, text, at); !names(d.Path, where, text) {
			t.Errorf("seed %d, receipt %d: %q for %q at %s is named as %v", seed, n, edited[at], text[at], where, d)
		}
	}
}

// placeOf is the pointer to the innermost value that holds a byte of a receipt.
func placeOf(t *testing.T, text []byte, at int) string {
	t.Helper()
	type frame struct {
		list bool
		n    int
		name string
		key  bool // The next string is a name.
	}
	var frames []frame
	where := func() string {
		var b strings.Builder
		for _, f := range frames {
			if f.list {
				fmt.Fprintf(&b, "/%d", f.n)
			} else if f.name != "" {
				b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(f.name))
			}
		}
		return b.String()
	}
	for i := 0; i < len(text); {
		top := len(frames) - 1
		switch c := text[i]; c {
		case '{', '[':
			frames = append(frames, frame{list: c == '[', key: c == '{'})
		case '}', ']':
			if i >= at {
				frames[top].name = ""
				if frames[top].list {
					frames = frames[:top]
				}
				return where()
			}
			frames = frames[:top]
		case ',':
			if i >= at {
				return where()
			}
			if frames[top].n++; !frames[top].list {
				frames[top].key = true
			}
		case '"':
			end := i + 1
			for text[end] != '"' {
				if text[end] == '\\' {
					end++
				}
				end++
			}
			if top >= 0 && frames[top].key {
				frames[top].name, frames[top].key = string(text[i+1:end]), false
			}
			if end >= at {
				return where()
			}
			i = end
		default:
			if i >= at {
				return where()
			}
		}
		i++
	}
	return ""
}

var hashPlace = regexp.MustCompile(`^/hashes/(\d+)`)

// names reports whether a named path tells of an edit: it is the place, leads into it or
// is the member around it. An edit among the hashes is named as the part that no longer
// fits; one of the signature as the signature.
func names(named, where string, text []byte) bool {
	around := func(a, b string) bool { return a == b || strings.HasPrefix(b, a+"/") }
	if m := hashPlace.FindStringSubmatch(where); m != nil {
		var r assess.Receipt
		if json.Unmarshal(text, &r) != nil {
			return false
		}
		n, _ := strconv.Atoi(m[1])
		return named == r.Hashes[n].At || around("/hashes", named)
	}
	if around("/signature", where) {
		return around("/signature", named)
	}
	if named == "" {
		return strings.Count(where, "/") <= 1
	}
	return around(named, where) || around(where, named) || renamed(named, where, text)
}

// renamed reports whether a path leads, beside the place, through a name the receipt does
// not have: the name itself was edited.
func renamed(named, where string, text []byte) bool {
	a, b := strings.Split(named, "/"), strings.Split(where, "/")
	last := len(b) - 1
	if len(a) <= last || !slices.Equal(a[:last], b[:last]) {
		return false
	}
	var at any
	if json.Unmarshal(text, &at) != nil {
		return false
	}
	for _, name := range b[1:last] {
		switch v := at.(type) {
		case map[string]any:
			at = v[name]
		case []any:
			n, err := strconv.Atoi(name)
			if err != nil {
				return false
			}
			at = v[n]
		}
	}
	object, ok := at.(map[string]any)
	_, known := object[strings.NewReplacer("~1", "/", "~0", "~").Replace(a[last])]
	return ok && !known
}

// What a forger can do who makes hashes and signature fit: everything is found that does
// not follow from form and answers, and what does is found by the signature.
func TestAForgedReceiptIsNamed(t *testing.T) {
	h := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	responses := make([]questions.Response, len(h.Form.Items))
	for n := range responses {
		responses[n] = h.Keyed(n)
	}
	responses[4] = contraryTo(h.Form.Items[4])
	whole, own, err := h.MadeUpReceipts(h.Form, responses)
	if err != nil {
		t.Fatal(err)
	}
	result := func(old, new string) func(*assess.Receipt) {
		return func(r *assess.Receipt) {
			changed := strings.Replace(string(r.Result), old, new, 1)
			if changed == string(r.Result) {
				t.Fatalf("the result does not hold %q", old)
			}
			r.Result = json.RawMessage(changed)
		}
	}
	for story, c := range map[string]struct {
		change func(*assess.Receipt)
		path   string
	}{
		"a better mark":        {result(`"mark":{"num":`, `"mark":{"num":1`), "/result/items/0/mark/num"},
		"a lower score":        {result(`"closeness":100`, `"closeness":99`), "/result/qualities/"},
		"another level":        {result(`"level":"closer"`, `"level":"mixed"`), "/result/qualities/"},
		"another key version":  {result(`"key":"`+h.Form.KeyVersion+`"`, `"key":"9.9"`), "/result/versions/key"},
		"a higher status":      {result(`"key_status":"draft-author-key"`, `"key_status":"validated"`), "/result/key_status"},
		"another notice":       {result(`"decision_support_only":true`, `"decision_support_only":false`), "/result/decision_support_only"},
		"a time too few":       {result(`"spent_ms":[0,`, `"spent_ms":[`), "/result/spent_ms"},
		"a member too many":    {result(`"redlines":`, `"extra":1,"redlines":`), "/result/extra"},
		"another answer":       {func(r *assess.Receipt) { r.Answers[4].Response = h.Keyed(4) }, "/result/"},
		"an answer left out":   {func(r *assess.Receipt) { r.Answers = r.Answers[1:] }, "/answers"},
		"another item":         {func(r *assess.Receipt) { r.Answers[3].Item = "law.none.001" }, "/answers/3/item"},
		"another position":     {func(r *assess.Receipt) { r.Answers[3].Position = 4 }, "/answers/3/position"},
		"no such option":       {func(r *assess.Receipt) { r.Answers[0].Response = questions.Response{Best: "Q"} }, "/answers/0/response"},
		"another stem":         {func(r *assess.Receipt) { r.Form.Items[2].Stem.English += "!" }, "/result/form/hash"},
		"another key":          {func(r *assess.Receipt) { r.Form.Items[2].Options[0].Why.English += "!" }, "/result/form/hash"},
		"another chance level": {func(r *assess.Receipt) { r.Form.Chances[2].Mean.Den += 2 }, "/form/chances/2/mean"},
		"a salt too few":       {func(r *assess.Receipt) { r.Salts.Items = r.Salts.Items[1:] }, "/salts"},
		"another salt":         {func(r *assess.Receipt) { r.Salts.Items[1] = r.Salts.Items[0] }, "/commitments/items/1"},
		"no salt at all":       {func(r *assess.Receipt) { r.Salts.Form = "none" }, "/salts"},
		"another commitment":   {func(r *assess.Receipt) { r.Commitments.Marks[5] = r.Commitments.Marks[6] }, "/commitments/marks/5"},
		"items without end":    {func(r *assess.Receipt) { r.Form.Items[0].Options = make([]questions.Option, 99) }, "/form"},
	} {
		t.Run(story, func(t *testing.T) {
			forged, err := h.ForgedReceipt(whole, c.change)
			if err != nil {
				t.Fatal(err)
			}
			_, err = assess.VerifyReceipt(forged, nil)
			var d *assess.Difference
			if !errors.As(err, &d) || d.Path != c.path && !(strings.HasSuffix(c.path, "/") && strings.HasPrefix(d.Path, c.path)) {
				t.Errorf("named %v, want %s", err, c.path)
			}
		})
	}

	// The same whole receipt signed by somebody else holds together, and is not ours.
	text := string(whole)
	_, private, err := ed25519.GenerateKey(bytes.NewReader(make([]byte, 64)))
	if err != nil {
		t.Fatal(err)
	}
	cut := strings.LastIndex(text, `,"signature":`)
	payload := text[:cut] + "}"
	foreign := fmt.Sprintf(`%s,"signature":{"algorithm":"Ed25519","public_key":"%x","value":"%x"}}`, text[:cut],
		private.Public(), ed25519.Sign(private, []byte(payload)))
	if _, err := assess.VerifyReceipt([]byte(foreign), nil); err != nil {
		t.Errorf("without a key to ask for: %v", err)
	}
	var d *assess.Difference
	if _, err := assess.VerifyReceipt([]byte(foreign), publicKey(t, h.Center)); !errors.As(err, &d) || d.Path != "/signature/public_key" {
		t.Errorf("with the server's key: %v", err)
	}

	for story, text := range map[string]string{
		"nothing": "", "no JSON": "receipt", "a list": "[]", "another schema": `{"schema":"fourfold.result/1"}`, "another kind": `{"schema":"fourfold.receipt/1","kind":"half"}`,
		"half a receipt": string(whole[:len(whole)/2]), "two": string(whole) + string(whole), "space": string(whole) + "\n", "members too few": `{"schema":"fourfold.receipt/1","kind":"whole"}`,
		"nulls":           `{"schema":"fourfold.receipt/1","kind":"whole","result":null,"answers":null,"form":null,"commitments":null,"salts":null,"hashes":[],"signature":null}`,
		"deep":            strings.Repeat("[", 1000),
		"own, half whole": strings.Replace(string(own), `"candidate"`, `"whole"`, 1),
	} {
		if _, err := assess.VerifyReceipt([]byte(text), nil); !errors.As(err, &d) {
			t.Errorf("%s: %v", story, err)
		}
	}
}

// Whatever is cut out, doubled or mixed up, the answer is a difference and never a panic.
func TestAnyDamageIsADifference(t *testing.T) {
	h := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	_, own, err := h.MadeUpReceipts(h.Form, make([]questions.Response, len(h.Form.Items)))
	if err != nil {
		t.Fatal(err)
	}
	const seed = 12
	dice := rand.New(rand.NewPCG(seed, 1))
	for n := range 400 {
		a, b, c := dice.IntN(len(own)), dice.IntN(len(own)), dice.IntN(len(own))
		a, b = min(a, b), max(a, b)
		damaged := map[int][]byte{
			0: bytes.Join([][]byte{own[:a], own[b:]}, nil),
			1: bytes.Join([][]byte{own[:b], own[a:]}, nil),
			2: bytes.Join([][]byte{own[:c], own[a:b], own[c:]}, nil),
			3: bytes.ReplaceAll(own, own[a:min(a+4, len(own))], []byte("null")),
		}[n%4]
		if bytes.Equal(damaged, own) {
			continue
		}
		var d *assess.Difference
		if _, err := assess.VerifyReceipt(damaged, nil); !errors.As(err, &d) || d.Stated == "" || d.Found == "" {
			t.Fatalf("seed %d, damage %d: %v", seed, n, err)
		}
	}
}

func TestAnotherFormOrAnswerIsNotWhatACandidateWasToldOf(t *testing.T) {
	h := assesstest.Open(t, t.TempDir()+"/fourfold.db")
	responses := make([]questions.Response, len(h.Form.Items))
	for n := range responses {
		responses[n] = h.Keyed(n)
	}
	whole, own, err := h.MadeUpReceipts(h.Form, responses)
	if err != nil {
		t.Fatal(err)
	}
	if _, full, err := assess.OpenReceipt(own, whole, publicKey(t, h.Center)); err != nil || full.Form.Hash() != h.Form.Hash() {
		t.Errorf("the whole receipt does not open the candidate's: %v", err)
	}
	other, _, err := h.MadeUpReceipts(h.Form, responses)
	if err != nil {
		t.Fatal(err)
	}
	var d *assess.Difference
	if _, _, err := assess.OpenReceipt(own, other, nil); !errors.As(err, &d) || d.Path != "/outcome/result" {
		t.Errorf("another sitting's receipt: %v", err)
	}
	if _, _, err := assess.OpenReceipt(whole, own, nil); !errors.As(err, &d) || d.Path != "/kind" {
		t.Errorf("the wrong way round: %v", err)
	}
}

// The same result gives the same receipt, on any server that has the secret; another
// secret gives another key.
func TestTheReceiptKeyStaysWithTheSecret(t *testing.T) {
	assesstest.Each(t, func(t *testing.T, dsn string) {
		h := assesstest.Open(t, dsn)
		ann := h.Invited("Ann").Started().Answers(0, 3, 5)
		if _, err := h.OwnReceipt(t.Context(), ann.Seat); !errors.Is(err, assess.ErrNoResult) {
			t.Errorf("before the end: %v", err)
		}
		if _, err := h.WholeReceipt(t.Context(), h.Owner, ann.Invitation.ID, 0); !errors.Is(err, assess.ErrNoResult) {
			t.Errorf("before the end: %v", err)
		}
		result, err := h.Submit(t.Context(), ann.Seat)
		if err != nil {
			t.Fatal(err)
		}
		own, err := h.OwnReceipt(t.Context(), ann.Seat)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := h.Second().WholeReceipt(t.Context(), h.Owner, ann.Invitation.ID, 1)
		if err != nil {
			t.Fatal(err)
		}
		again, err := h.WholeReceipt(t.Context(), h.Owner, ann.Invitation.ID, 0)
		if err != nil || !bytes.Equal(whole, again) {
			t.Errorf("two servers make two receipts of one result: %v", err)
		}
		_, full, err := assess.OpenReceipt(own, whole, publicKey(t, h.Center))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(full.Result, result.JSON) {
			t.Error("the receipt's result is not the frozen one")
		}
		other := assesstest.House{Center: openWith(t, "another secret of at least 32 bytes, no less")}
		if publicKey(t, h.Center).Equal(publicKey(t, other.Center)) {
			t.Error("another secret gives the same key")
		}
		for role, want := range map[assess.Role]error{assess.Owner: nil, assess.Recruiter: nil, assess.Reviewer: nil, assess.Author: assess.ErrForbidden, assess.Auditor: assess.ErrForbidden} {
			by := h.Owner
			by.Role = role
			if _, err := h.WholeReceipt(t.Context(), by, ann.Invitation.ID, 0); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", role, err, want)
			}
		}
		if _, err := h.WholeReceipt(t.Context(), h.Neighbour().Owner, ann.Invitation.ID, 0); !errors.Is(err, assess.ErrNotFound) {
			t.Errorf("a neighbour: %v", err)
		}
		if _, err := h.WholeReceipt(t.Context(), h.Owner, ann.Invitation.ID, 2); !errors.Is(err, assess.ErrNotFound) {
			t.Errorf("a version there is not: %v", err)
		}
		for action, want := range map[string]int{"whole": 5, "candidate": 1} {
			var n int
			if err := h.Database().Get(&n, "SELECT COUNT(*) FROM audit_inbox WHERE action = 'receipt.taken' AND detail = $1", action); err != nil || n != want {
				t.Errorf("%d entries of %s receipts, want %d: %v", n, action, want, err)
			}
		}
	})
}

func openWith(t *testing.T, secret string) *assess.Center {
	t.Helper()
	c, err := assess.Open(t.Context(), assess.Config{Database: t.TempDir() + "/other.db", Secret: []byte(secret)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func TestAPublicKeyIsReadInEveryForm(t *testing.T) {
	c := openWith(t, assesstest.Secret)
	key, err := c.ReceiptKey()
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(key)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{key.PublicKey, key.PEM, string(asJSON), " " + key.PublicKey + "\n"} {
		public, err := assess.ParseReceiptKey(text)
		if err != nil || hex.EncodeToString(public) != key.PublicKey {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{"", "abc", key.PublicKey + "00", "{", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"} {
		if _, err := assess.ParseReceiptKey(text); err == nil {
			t.Errorf("%q is taken for a key", text)
		}
	}
}
