package web

import (
	"errors"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

type settingsPage struct {
	desk
	Done, Problem      string
	Shown              *shownOnce
	Language, Password form
	NewMember, NewKey  form
	Members            []memberView
	Keys               []keyView
	Scopes             []choice
}

// shownOnce is a secret on the only page that ever shows it.
type shownOnce struct{ Title, Text, Secret string }

type memberView struct {
	assess.Member
	ID             string
	Self, Disabled bool
}

// Wrong lists what is wrong in any of the forms.
func (p settingsPage) Wrong() []field {
	return slices.Concat(p.Language.Wrong(), p.Password.Wrong(), p.NewMember.Wrong(), p.NewKey.Wrong())
}

// The names of fields are unique on the page, as their ids must be.
func languageForm(l questions.Lang) form {
	return form{Fields: []field{{Name: "language", Label: "settings.field.language", Required: true, Choices: languageChoices, Value: string(l)}}}
}

// passwordForm asks for the current password where there is one.
func passwordForm(m assess.Member) form {
	next := field{Name: "password", Label: "settings.field.password", Hint: "setup.hint.password", Type: "password", Autocomplete: "new-password", Required: true}
	if !m.HasPassword {
		return form{Fields: []field{next}}
	}
	return form{Fields: []field{
		{Name: "current", Label: "settings.field.current", Type: "password", Autocomplete: "current-password", Required: true},
		next,
	}}
}

func memberForm(say sayer) form {
	var roles []choice
	for _, r := range assess.Roles {
		roles = append(roles, choice{Value: string(r), Text: say.say("role." + string(r))})
	}
	return form{Fields: []field{
		{Name: "name", Label: "settings.field.name", Autocomplete: "off", Required: true},
		{Name: "email", Label: "settings.field.email", Type: "email", Autocomplete: "off", Required: true},
		{Name: "role", Label: "settings.field.role", Required: true, Choices: roles, Value: string(assess.Recruiter)},
		{Name: "member_language", Label: "settings.field.language", Required: true, Choices: languageChoices, Value: string(say.lang)},
	}}
}

// settings shows what the member may set.
func (h recruiter) settings(c *gin.Context) error {
	p, err := h.settingsPage(c)
	if err != nil {
		return err
	}
	if done := c.Query("done"); slices.Contains([]string{"saved", "password.done", "disabled.done", "reset.done", "revoked.done"}, done) {
		p.Done = h.sayer(c).say("settings." + done)
	}
	return h.showSettings(c, http.StatusOK, p)
}

func (h recruiter) showSettings(c *gin.Context, status int, p settingsPage) error {
	return h.render(c, status, "recruiter/settings", p)
}

func (h recruiter) settingsPage(c *gin.Context) (settingsPage, error) {
	ctx, by, say := c.Request.Context(), actor(c), h.sayer(c)
	p := settingsPage{desk: deskAt(c, "settings"), Language: languageForm(member(c).Language), Password: passwordForm(member(c)),
		NewMember: memberForm(say), NewKey: keyForm(say)}
	if !by.Can(assess.ManageHouse) {
		return p, nil
	}
	members, err := h.center.Members(ctx, by)
	if err != nil {
		return p, err
	}
	for _, m := range members {
		p.Members = append(p.Members, memberView{Member: m, ID: assess.FormatID(assess.MemberID, m.ID), Self: m.ID == by.ID, Disabled: !m.DisabledAt.IsZero()})
	}
	keys, err := h.center.Keys(ctx, by)
	if err != nil {
		return p, err
	}
	for _, k := range keys {
		p.Keys = append(p.Keys, h.keyView(k))
	}
	for _, s := range assess.Scopes {
		p.Scopes = append(p.Scopes, choice{Value: string(s), Text: say.say("scope." + string(s)), On: slices.Contains(c.PostFormArray("scopes"), string(s))})
	}
	return p, nil
}

// setLanguage changes the language of the member's own pages.
func (h recruiter) setLanguage(c *gin.Context) error {
	if err := h.center.SetLanguage(c.Request.Context(), actor(c), questions.Lang(c.PostForm("language"))); err != nil {
		return err
	}
	return redirect(c, "/settings?done=saved")
}

// setPassword changes the member's own password; other sessions end.
func (h recruiter) setPassword(c *gin.Context) error {
	session, err := h.center.ChangePassword(c.Request.Context(), actor(c), c.PostForm("current"), c.PostForm("password"))
	texts := h.fieldTexts(c, err)
	if errors.Is(err, assess.ErrWrongPassword) {
		texts = map[string]string{"current": h.sayer(c).say("settings.password.wrong")}
	}
	if texts != nil {
		p, err := h.settingsPage(c)
		if err != nil {
			return err
		}
		p.Password = p.Password.faulty(texts)
		return h.showSettings(c, http.StatusBadRequest, p)
	}
	if err != nil {
		return err
	}
	h.keepSession(c, session)
	return redirect(c, "/settings?done=password.done")
}

// addMember adds a colleague and shows the one-time link to hand over.
func (h recruiter) addMember(c *gin.Context) error {
	m, link, err := h.center.AddMember(c.Request.Context(), actor(c), assess.NewMember{
		Name:     c.PostForm("name"),
		Email:    c.PostForm("email"),
		Role:     assess.Role(c.PostForm("role")),
		Language: questions.Lang(c.PostForm("member_language")),
	})
	texts := h.fieldTexts(c, err)
	if err != nil && texts == nil {
		return err
	}
	p, failed := h.settingsPage(c)
	if failed != nil {
		return failed
	}
	if texts != nil {
		texts["member_language"] = texts["language"]
		p.NewMember = p.NewMember.filled(c.Request.PostForm).faulty(texts)
		return h.showSettings(c, http.StatusBadRequest, p)
	}
	p.Shown = h.memberLink(c, m.Name, link)
	return h.showSettings(c, http.StatusOK, p)
}

func (h recruiter) memberLink(c *gin.Context, name, link string) *shownOnce {
	say := h.sayer(c)
	return &shownOnce{say.say("settings.member.link", "name", name), say.say("settings.member.link.text"), link}
}

// linkMember makes a fresh one-time link for a member who has lost the password.
func (h recruiter) linkMember(c *gin.Context) error {
	id := pathID(c, assess.MemberID)
	link, err := h.center.SignInLink(c.Request.Context(), actor(c), id)
	if err != nil {
		return err
	}
	p, err := h.settingsPage(c)
	if err != nil {
		return err
	}
	for _, m := range p.Members {
		if m.Member.ID == id {
			p.Shown = h.memberLink(c, m.Name, link)
		}
	}
	return h.showSettings(c, http.StatusOK, p)
}

// disableMember takes a colleague's access away.
func (h recruiter) disableMember(c *gin.Context) error {
	if err := h.center.DisableMember(c.Request.Context(), actor(c), pathID(c, assess.MemberID)); err != nil {
		return err
	}
	return redirect(c, "/settings?done=disabled.done")
}

// resetMember forgets what a colleague signs in with beside the password.
func (h recruiter) resetMember(c *gin.Context) error {
	if err := h.center.ResetSignIn(c.Request.Context(), actor(c), pathID(c, assess.MemberID)); err != nil {
		return err
	}
	return redirect(c, "/settings?done=reset.done")
}

// makeKey makes an API key and shows its secret this once.
func (h recruiter) makeKey(c *gin.Context) error {
	var scopes []assess.Scope
	for _, s := range c.PostFormArray("scopes") {
		scopes = append(scopes, assess.Scope(s))
	}
	k, secret, err := h.center.MakeKey(c.Request.Context(), actor(c), assess.NewKey{
		Name: c.PostForm("key_name"), Scopes: scopes, ExpiresAt: h.expiryAsked(c),
	})
	texts := h.fieldTexts(c, err)
	if err != nil && texts == nil {
		return err
	}
	p, failed := h.settingsPage(c)
	if failed != nil {
		return failed
	}
	say := h.sayer(c)
	if texts != nil {
		p.NewKey = p.NewKey.filled(c.Request.PostForm).faulty(map[string]string{"key_name": texts["name"], "lifetime": texts["expires_at"]})
		if texts["scopes"] != "" {
			p.Problem = say.say("settings.scopes.required")
		}
		return h.showSettings(c, http.StatusBadRequest, p)
	}
	p.Shown = &shownOnce{say.say("settings.key.secret", "name", k.Name), say.say("settings.key.secret.text"), secret}
	return h.showSettings(c, http.StatusOK, p)
}

// revokeKey ends an API key.
func (h recruiter) revokeKey(c *gin.Context) error {
	if err := h.center.RevokeKey(c.Request.Context(), actor(c), pathID(c, assess.KeyID)); err != nil {
		return err
	}
	return redirect(c, "/settings?done=revoked.done")
}
