package assess

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fourfold/fourfold/questions"
	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// SittingState says how far a sitting has come.
type SittingState string

// The states of a sitting: opened → consented → started → submitted, expired or
// withdrawn; voided when the invitation is taken back.
const (
	Opened    SittingState = "opened"
	Consented SittingState = "consented"
	Started   SittingState = "started"
	Submitted SittingState = "submitted"
	Expired   SittingState = "expired"
	Withdrawn SittingState = "withdrawn"
	Voided    SittingState = "voided"
)

// sweepGrace is how long the sweeper waits behind a deadline, so that what was
// received in time has also been committed. The limit itself stays hard.
const sweepGrace = 5 * time.Second

// Sitting is one candidate, one form, one clock.
type Sitting struct {
	Seat         Seat
	State        SittingState
	Language     questions.Lang
	Seed         int64 // Draws the order of options; see questions.Form.Order.
	ExtraTime    int   // Per cent of the limit; 0 is untimed.
	OpenedAt     Time
	ConsentedAt  Time
	StartedAt    Time
	Deadline     Time // For an untimed sitting the end of the invitation.
	EndedAt      Time
	Organization string
	Assessment   questions.Text
	Contact      string
	Pay          questions.Text
	Candidate    string
	Minutes      int // The person's own limit; 0 is untimed.
	Form         *questions.Form
	Kept         []Kept // By position; Revision 0 was never answered.

	candidate  uuid.UUID
	invitation uuid.UUID
	formHash   string
	expires    Time
	norm       *string // In use as the sitting ends.
}

// Accepts reports whether the sitting still takes an answer that arrived at t.
func (s Sitting) Accepts(t time.Time) error {
	switch {
	case s.State == Opened || s.State == Consented:
		return ErrNotStarted
	case s.State != Started:
		return ErrSittingClosed
	case t.After(s.Deadline.Time):
		return ErrTooLate
	}
	return nil
}

// Left is the time that remains at t, never negative; ok is false for an untimed
// sitting and one that is not under way.
func (s Sitting) Left(t time.Time) (left time.Duration, ok bool) {
	if s.State != Started || s.ExtraTime == 0 {
		return 0, false
	}
	return max(0, s.Deadline.Sub(t)), true
}

// Ended reports whether the sitting is over.
func (s Sitting) Ended() bool {
	return s.State != Opened && s.State != Consented && s.State != Started
}

func (s Sitting) actor() Actor {
	return Actor{Organization: s.Seat.Organization, Kind: CandidateActor, ID: s.candidate}
}

type sittingRow struct {
	Organization     uuid.UUID      `db:"organization_id"`
	ID               uuid.UUID      `db:"id"`
	Invitation       uuid.UUID      `db:"invitation_id"`
	CandidateID      uuid.UUID      `db:"candidate_id"`
	Assessment       uuid.UUID      `db:"assessment_id"`
	State            SittingState   `db:"state"`
	Generation       int64          `db:"generation"`
	Language         questions.Lang `db:"language"`
	Seed             int64          `db:"seed"`
	ExtraTime        int            `db:"extra_time"`
	OpenedAt         Time           `db:"opened_at"`
	ConsentedAt      Time           `db:"consented_at"`
	StartedAt        Time           `db:"started_at"`
	Deadline         Time           `db:"deadline"`
	EndedAt          Time           `db:"ended_at"`
	OrganizationName string         `db:"organization_name"`
	TitleZh          string         `db:"title_zh"`
	TitleEn          string         `db:"title_en"`
	Contact          string         `db:"contact"`
	PayZh            string         `db:"pay_zh"`
	PayEn            string         `db:"pay_en"`
	Limit            int            `db:"limit_seconds"`
	FormHash         string         `db:"form_hash"`
	Candidate        string         `db:"candidate"`
	ExpiresAt        Time           `db:"expires_at"`
}

func (r sittingRow) sitting() Sitting {
	return Sitting{
		Seat:  Seat{Organization: r.Organization, Sitting: r.ID, Assessment: r.Assessment, Generation: r.Generation},
		State: r.State, Language: r.Language, Seed: r.Seed, ExtraTime: r.ExtraTime, OpenedAt: r.OpenedAt,
		ConsentedAt: r.ConsentedAt, StartedAt: r.StartedAt, Deadline: r.Deadline, EndedAt: r.EndedAt,
		Organization: r.OrganizationName, Assessment: questions.Text{Chinese: r.TitleZh, English: r.TitleEn}, Contact: r.Contact,
		Pay: questions.Text{Chinese: r.PayZh, English: r.PayEn}, Candidate: r.Candidate, Minutes: minutesOf(r.Limit, r.ExtraTime),
		candidate: r.CandidateID, invitation: r.Invitation, formHash: r.FormHash, expires: r.ExpiresAt,
	}
}

const sittingBySeat = `
	SELECT s.organization_id, s.id, s.invitation_id, s.candidate_id, s.assessment_id, s.state, s.generation, s.language, s.seed,
	  s.extra_time, s.opened_at, s.consented_at, s.started_at, s.deadline, s.ended_at, o.name AS organization_name,
	  a.title_zh, a.title_en, a.contact, a.pay_zh, a.pay_en, a.limit_seconds, a.form_hash, p.name AS candidate, i.expires_at
	FROM sittings s
	JOIN organizations o ON o.id = s.organization_id
	JOIN assessments a ON a.organization_id = s.organization_id AND a.id = s.assessment_id
	JOIN candidates p ON p.organization_id = s.organization_id AND p.id = s.candidate_id
	JOIN invitations i ON i.organization_id = s.organization_id AND i.id = s.invitation_id
	WHERE s.organization_id = $1 AND s.id = $2 AND s.generation = $3`

// sittingOf reads a sitting without its form and answers. A seat whose link was
// renewed is ErrUnauthenticated.
func sittingOf(ctx context.Context, db sqlx.QueryerContext, seat Seat) (Sitting, error) {
	var row sittingRow
	err := readError(sqlx.GetContext(ctx, db, &row, sittingBySeat, seat.Organization, seat.Sitting, seat.Generation))
	if errors.Is(err, ErrNotFound) {
		return Sitting{}, ErrUnauthenticated
	}
	return row.sitting(), err
}

// Enter opens the sitting behind a link and gives the candidate a seat. Entering
// again, from any device, leads to the same sitting. Preferred is the language
// used unless the invitation names one.
func (c *Center) Enter(ctx context.Context, token string, preferred questions.Lang) (Seat, error) {
	var seat Seat
	err := c.tx(ctx, func(tx *sqlx.Tx) error {
		link, err := c.invitationByLink(ctx, tx, token)
		if err != nil {
			return err
		}
		if c.postgres {
			if err := c.lockInvitation(ctx, tx, link.Organization, link.Invitation); err != nil {
				return err
			}
			if link, err = c.invitationByLink(ctx, tx, token); err != nil { // once more: it may have changed before the lock
				return err
			}
		}
		language := questions.Lang(link.Language)
		if language == "" {
			language = preferred
		}
		if language == "" {
			language = questions.Lang(link.House)
		}
		seat = Seat{Organization: link.Organization, Sitting: newID(), Assessment: link.Assessment, Generation: link.Generation}
		done, err := tx.ExecContext(ctx, `
			INSERT INTO sittings (organization_id, id, invitation_id, candidate_id, assessment_id, state, generation, language,
			  seed, extra_time, notice_hash, opened_at)
			SELECT organization_id, $3, id, candidate_id, assessment_id, 'opened', generation, $4, $5, extra_time, '', $6
			FROM invitations
			WHERE organization_id = $1 AND id = $2 AND stage = 'invited'
			ON CONFLICT (organization_id, invitation_id) DO NOTHING`,
			link.Organization, link.Invitation, seat.Sitting, language, int64(newSeed()), c.now())
		if err != nil {
			return err
		}
		opened, err := done.RowsAffected()
		if err != nil {
			return err
		}
		if opened == 0 {
			return tx.GetContext(ctx, &seat.Sitting, "SELECT id FROM sittings WHERE organization_id = $1 AND invitation_id = $2",
				link.Organization, link.Invitation)
		}
		candidate := Actor{Organization: link.Organization, Kind: CandidateActor, ID: link.CandidateID}
		if err := c.audit(ctx, tx, candidate, "invitation.opened", link.Invitation, ""); err != nil {
			return err
		}
		if err := c.post(ctx, tx, link.Organization, InvitationOpened, link.Invitation); err != nil {
			return err
		}
		return c.stageTo(ctx, tx, link.Organization, link.Invitation, StageOpened)
	})
	return seat, err
}

// Sitting returns the candidate's sitting as it stands, with its form and what
// has been kept. A sitting whose deadline has passed is expired first.
func (c *Center) Sitting(ctx context.Context, seat Seat) (Sitting, error) {
	s, err := sittingOf(ctx, c.read, seat)
	if err != nil {
		return Sitting{}, err
	}
	if s.State == Started && c.now().After(s.Deadline.Add(sweepGrace)) {
		if err := c.expire(ctx, s); err != nil {
			return Sitting{}, err
		}
		if s, err = sittingOf(ctx, c.read, seat); err != nil {
			return Sitting{}, err
		}
	}
	if s.Form, err = c.formOf(ctx, seat.Organization, seat.Assessment); err != nil {
		return Sitting{}, err
	}
	if s.State == Opened || s.State == Consented {
		s.Kept = unanswered(s.Form)
		return s, nil
	}
	s.Kept, err = keptOf(ctx, c.read, seat, s.Form)
	return s, err
}

// SetSittingLanguage chooses the language of a sitting; the choice is final once
// the sitting has started (ErrStarted).
func (c *Center) SetSittingLanguage(ctx context.Context, seat Seat, language questions.Lang) error {
	var faults FieldErrors
	if faults.language("language", language); len(faults) > 0 {
		return faults
	}
	done, err := c.write.ExecContext(ctx, `
		UPDATE sittings SET language = $4
		WHERE organization_id = $1 AND id = $2 AND generation = $3 AND state IN ('opened', 'consented')`,
		seat.Organization, seat.Sitting, seat.Generation, language)
	return one(done, err, ErrStarted)
}

// Consent is what a candidate agreed to: a hash of the very text that was shown.
type Consent struct {
	NoticeHash string
}

// Consent keeps that the candidate has read the notice and agrees to be assessed.
// Saying so again changes nothing.
func (c *Center) Consent(ctx context.Context, seat Seat, in Consent) error {
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		s, err := c.seated(ctx, tx, seat)
		if err != nil || s.State != Opened {
			return err
		}
		if c.now().After(s.expires.Time) {
			return ErrLinkExpired
		}
		done, err := tx.ExecContext(ctx, `
			UPDATE sittings SET state = 'consented', consented_at = $4, notice_hash = $5
			WHERE organization_id = $1 AND id = $2 AND generation = $3 AND state = 'opened'`,
			seat.Organization, seat.Sitting, seat.Generation, c.now(), in.NoticeHash)
		if err := one(done, err, ErrConflict); err != nil {
			return err
		}
		if err := c.audit(ctx, tx, s.actor(), "sitting.consented", seat.Sitting, in.NoticeHash); err != nil {
			return err
		}
		return c.stageTo(ctx, tx, seat.Organization, s.invitation, StageConsented)
	})
}

// seated locks the invitation behind a seat and reads the sitting.
func (c *Center) seated(ctx context.Context, tx *sqlx.Tx, seat Seat) (Sitting, error) {
	s, err := sittingOf(ctx, tx, seat)
	if err != nil {
		return s, err
	}
	if !c.postgres { // nothing else writes meanwhile
		return s, nil
	}
	if err := c.lockInvitation(ctx, tx, seat.Organization, s.invitation); err != nil {
		return s, err
	}
	return sittingOf(ctx, tx, seat) // once more: it may have changed before the lock
}

// Start begins the test: the clock and the language are fixed. Starting again
// changes nothing. Without consent it is ErrConsentNeeded.
func (c *Center) Start(ctx context.Context, seat Seat) (Sitting, error) {
	form, err := c.formOf(ctx, seat.Organization, seat.Assessment)
	if err != nil {
		return Sitting{}, err
	}
	err = c.tx(ctx, func(tx *sqlx.Tx) error {
		s, err := c.seated(ctx, tx, seat)
		switch {
		case err != nil:
			return err
		case s.State == Opened:
			return ErrConsentNeeded
		case s.State != Consented:
			return nil
		}
		now := c.now()
		if now.After(s.expires.Time) {
			return ErrLinkExpired
		}
		deadline := s.expires
		if s.ExtraTime > 0 {
			deadline = At(now.Add(timeFor(form.Limit, s.ExtraTime)))
		}
		done, err := tx.ExecContext(ctx, `
			UPDATE sittings SET state = 'started', started_at = $4, deadline = $5
			WHERE organization_id = $1 AND id = $2 AND generation = $3 AND state = 'consented'`,
			seat.Organization, seat.Sitting, seat.Generation, now, deadline)
		if err := one(done, err, ErrConflict); err != nil {
			return err
		}
		if err := c.audit(ctx, tx, s.actor(), "sitting.started", seat.Sitting, ""); err != nil {
			return err
		}
		if err := c.post(ctx, tx, seat.Organization, SittingStarted, seat.Sitting); err != nil {
			return err
		}
		return c.stageTo(ctx, tx, seat.Organization, s.invitation, StageStarted)
	})
	if err != nil {
		return Sitting{}, err
	}
	return c.Sitting(ctx, seat)
}

// Submit ends the sitting, marks what was answered and freezes the result. It
// returns the existing result when the sitting had already ended with one; past
// the deadline the sitting expires instead, with what was kept in time.
func (c *Center) Submit(ctx context.Context, seat Seat) (Result, error) {
	// Before the transaction: one that asks for a second connection can starve itself.
	form, err := c.formOf(ctx, seat.Organization, seat.Assessment)
	if err != nil {
		return Result{}, err
	}
	var r Result
	err = c.tx(ctx, func(tx *sqlx.Tx) error {
		s, err := c.seated(ctx, tx, seat)
		if err != nil {
			return err
		}
		s.Form = form
		r, err = c.end(ctx, tx, s)
		return err
	})
	return r, err
}

// end closes a started sitting by compare-and-set and writes its result in the
// same transaction: submitted before the deadline, expired after it. The sitting
// comes with its form.
func (c *Center) end(ctx context.Context, tx *sqlx.Tx, s Sitting) (Result, error) {
	switch s.State {
	case Opened, Consented:
		return Result{}, ErrNotStarted
	case Submitted, Expired:
		return latestResult(ctx, tx, s.Seat.Organization, s.invitation)
	case Withdrawn, Voided:
		return Result{}, ErrSittingClosed
	}
	now := c.now()
	state, at := Submitted, now
	if now.After(s.Deadline.Time) {
		state, at = Expired, s.Deadline
	}
	done, err := tx.ExecContext(ctx, `
		UPDATE sittings SET state = $4, ended_at = $5
		WHERE organization_id = $1 AND id = $2 AND generation = $3 AND state = 'started'`,
		s.Seat.Organization, s.Seat.Sitting, s.Seat.Generation, state, at)
	if err := one(done, err, ErrConflict); err != nil {
		return Result{}, err
	}
	s.State, s.EndedAt = state, at
	// A second statement: it must see what was saved before the update's lock.
	if s.Kept, err = keptOf(ctx, tx, s.Seat, s.Form); err != nil {
		return Result{}, err
	}
	r, err := c.keepResult(ctx, tx, s)
	if err != nil {
		return Result{}, err
	}
	actor := s.actor()
	if state == Expired {
		actor = Actor{Organization: s.Seat.Organization, Kind: SystemActor}
	}
	if err := c.audit(ctx, tx, actor, "sitting."+string(state), s.Seat.Sitting, r.Hash); err != nil {
		return Result{}, err
	}
	if err := c.postEnd(ctx, tx, s.Seat.Organization, EventKind("sitting."+state), s.Seat.Sitting, r.ID); err != nil {
		return Result{}, err
	}
	return r, c.stageTo(ctx, tx, s.Seat.Organization, s.invitation, Stage(state))
}

// expire ends a sitting whose time is over. One that another hand has ended
// meanwhile is left as it is.
func (c *Center) expire(ctx context.Context, s Sitting) error {
	_, err := c.Submit(ctx, s.Seat)
	if errors.Is(err, ErrConflict) || errors.Is(err, ErrSittingClosed) || errors.Is(err, ErrUnauthenticated) {
		return nil
	}
	return err
}

// Withdraw ends the sitting at the candidate's wish. Nothing is scored and nothing
// is held against the candidate.
func (c *Center) Withdraw(ctx context.Context, seat Seat) error {
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		s, err := c.seated(ctx, tx, seat)
		if err != nil || s.State == Withdrawn {
			return err
		}
		done, err := tx.ExecContext(ctx, `
			UPDATE sittings SET state = 'withdrawn', ended_at = $4
			WHERE organization_id = $1 AND id = $2 AND generation = $3 AND state IN ('opened', 'consented', 'started')`,
			seat.Organization, seat.Sitting, seat.Generation, c.now())
		if err := one(done, err, ErrSittingClosed); err != nil {
			return err
		}
		if err := c.audit(ctx, tx, s.actor(), "sitting.withdrawn", seat.Sitting, ""); err != nil {
			return err
		}
		if err := c.post(ctx, tx, seat.Organization, SittingWithdrawn, seat.Sitting); err != nil {
			return err
		}
		return c.stageTo(ctx, tx, seat.Organization, s.invitation, StageWithdrawn)
	})
}

const sittingsDue = `
	SELECT organization_id, id, assessment_id, generation
	FROM sittings
	WHERE state = 'started' AND deadline < $1
	ORDER BY deadline
	LIMIT 200`

// Sweep ends sittings and invitations whose time has passed, also time that
// passed while no server ran. Several servers may sweep at once; each sitting
// ends once.
func (c *Center) Sweep(ctx context.Context) error {
	for {
		var due []struct {
			Organization uuid.UUID `db:"organization_id"`
			ID           uuid.UUID `db:"id"`
			Assessment   uuid.UUID `db:"assessment_id"`
			Generation   int64     `db:"generation"`
		}
		if err := c.read.SelectContext(ctx, &due, sittingsDue, At(c.now().Add(-sweepGrace))); err != nil {
			return readError(err)
		}
		var failed []error
		for _, d := range due {
			seat := Seat{Organization: d.Organization, Sitting: d.ID, Assessment: d.Assessment, Generation: d.Generation}
			if err := c.expire(ctx, Sitting{Seat: seat}); err != nil {
				failed = append(failed, fmt.Errorf("expire sitting %s: %w", d.ID, err))
			}
		}
		// One that cannot be ended stays due: it must neither stop the others nor be
		// tried for ever in this sweep.
		if len(due) == 0 || len(failed) > 0 {
			return errors.Join(append(failed, c.lapse(ctx))...)
		}
	}
}

// reopenSitting returns the stage a lapsed invitation goes back to.
func reopenSitting(ctx context.Context, tx *sqlx.Tx, organization, invitation uuid.UUID) (Stage, error) {
	var stage Stage
	err := readError(tx.GetContext(ctx, &stage, "SELECT state FROM sittings WHERE organization_id = $1 AND invitation_id = $2", organization, invitation))
	if errors.Is(err, ErrNotFound) {
		return StageInvited, nil
	}
	return stage, err
}
