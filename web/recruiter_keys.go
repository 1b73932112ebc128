package web

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
)

type keyPage struct {
	desk
	keyView
	Shown  *shownOnce
	Rotate form
}

// keyView is an API key as its pages show it.
type keyView struct {
	assess.Key
	ID    string
	State assess.KeyState
	Old   string // The last characters of the secret before, while it is good.
}

func (h recruiter) keyView(k assess.Key) keyView {
	v := keyView{Key: k, ID: assess.FormatID(assess.KeyID, k.ID), State: k.State(h.center.Now())}
	if k.OldTail != nil && k.OldUntil.After(h.center.Now()) {
		v.Old = *k.OldTail
	}
	return v
}

// lifetimes are for how many days a key may be made; 0 is for good.
var lifetimes = []string{"0", "30", "90", "365"}

func keyForm(say sayer) form {
	var ends []choice
	for _, days := range lifetimes {
		ends = append(ends, choice{Value: days, Text: say.say("keys.lifetime." + days)})
	}
	return form{Fields: []field{
		{Name: "key_name", Label: "settings.field.key_name", Hint: "settings.hint.key_name", Autocomplete: "off", Required: true},
		{Name: "lifetime", Label: "keys.lifetime", Required: true, Choices: ends, Value: "0"},
	}}
}

// expiryAsked reads for how long a key is to be good; what is no choice is over
// already, and the center refuses it.
func (h recruiter) expiryAsked(c *gin.Context) assess.Time {
	now, asked := h.center.Now(), c.PostForm("lifetime")
	days, err := strconv.Atoi(asked)
	switch {
	case err != nil || !slices.Contains(lifetimes, asked):
		return assess.At(now)
	case days == 0:
		return assess.Time{}
	}
	return assess.At(now.AddDate(0, 0, days))
}

// key shows one API key, and how to give it a new secret.
func (h recruiter) key(c *gin.Context) error {
	k, err := h.center.Key(c.Request.Context(), actor(c), pathID(c, assess.KeyID))
	if err != nil {
		return err
	}
	return h.showKey(c, k, nil)
}

func (h recruiter) showKey(c *gin.Context, k assess.Key, shown *shownOnce) error {
	return h.render(c, http.StatusOK, "recruiter/key", keyPage{desk: deskAt(c, "settings"), keyView: h.keyView(k), Shown: shown, Rotate: h.overlapForm(c)})
}

// rotateKey gives an API key a new secret and shows it this once.
func (h recruiter) rotateKey(c *gin.Context) error {
	k, secret, err := h.center.RotateKey(c.Request.Context(), actor(c), pathID(c, assess.KeyID), overlapAsked(c))
	if err != nil {
		return err
	}
	say := h.sayer(c)
	return h.showKey(c, k, &shownOnce{say.say("settings.key.secret", "name", k.Name), say.say("settings.key.secret.text"), secret})
}
