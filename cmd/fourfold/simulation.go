package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/simulate"
	"github.com/fourfold/fourfold/questions"
)

// simulation is one made-up candidate of the demo, from invitation to the end.
type simulation struct {
	center     *assess.Center
	clock      *demoClock
	owner      assess.Actor
	assessment [16]byte
	form       *questions.Form
	dice       *rand.Rand
	n          int
}

// ending is how a simulated candidate's way ends.
type ending int

const (
	submits ending = iota
	runsOut
	withdraws
	neverOpens
	onlyOpens
	onlyConsents
	stillAnswers
)

func (s *simulation) ending() ending {
	if s.n >= demoSittings {
		return []ending{neverOpens, neverOpens, onlyOpens, neverOpens, onlyConsents, stillAnswers}[s.n%6]
	}
	switch s.n % 25 {
	case 7:
		return runsOut
	case 19:
		return withdraws
	}
	return submits
}

func (s *simulation) run(ctx context.Context) error {
	language := questions.Chinese
	if s.dice.IntN(5) == 0 {
		language = questions.English
	}
	name, email := s.name(language)
	extra := 100
	if s.dice.IntN(20) == 0 {
		extra = 125
	}
	invitation, err := s.center.Invite(ctx, s.owner, assess.Order{
		AssessmentID: s.assessment, Name: name, Email: email, Language: language, ExtraTime: extra,
		Reference: demoReference(s.n), IdempotencyKey: demoReference(s.n), Fingerprint: "demo",
	})
	end := s.ending()
	if err != nil || invitation.Stage != assess.StageInvited || end == neverOpens {
		return err
	}
	s.wait(time.Minute, 40*time.Minute)
	link := s.center.Link(invitation)
	seat, err := s.center.Enter(ctx, link[len(link)-43:], language)
	if err != nil || end == onlyOpens {
		return err
	}
	s.wait(time.Minute, 4*time.Minute)
	if err := s.center.Consent(ctx, seat, assess.Consent{NoticeHash: "demo"}); err != nil || end == onlyConsents {
		return err
	}
	s.wait(time.Minute, 4*time.Minute)
	sitting, err := s.center.Start(ctx, seat)
	if err != nil {
		return err
	}
	answered := len(s.form.Items)
	if end != submits {
		answered = 4 + s.dice.IntN(answered-4)
	} else if s.dice.IntN(8) == 0 {
		answered -= 1 + s.dice.IntN(3)
	}
	if err := s.answer(ctx, seat, answered); err != nil {
		return err
	}
	switch end {
	case runsOut:
		s.clock.set(sitting.Deadline.Add(10 * time.Second))
		return s.center.Sweep(ctx)
	case withdraws:
		return s.center.Withdraw(ctx, seat)
	case stillAnswers:
		return nil
	}
	if _, err = s.center.Submit(ctx, seat); err != nil || s.dice.IntN(6) == 0 {
		return err
	}
	return s.center.GiveDemographics(ctx, seat, s.demographics(), assess.Consent{NoticeHash: "demo"})
}

// demographics are what five of six made-up candidates say of themselves. They have
// nothing to do with their answers.
func (s *simulation) demographics() assess.Demographics {
	d := assess.Demographics{Sex: "female", Age: "25_34"}
	switch n := s.dice.IntN(100); {
	case n < 2:
		d.Sex = "other"
	case n < 50:
		d.Sex = "male"
	}
	switch n := s.dice.IntN(100); {
	case n < 45:
		d.Age = "under_25"
	case n >= 90:
		d.Age = "35_44"
	}
	return d
}

func (s *simulation) wait(least, most time.Duration) {
	s.clock.set(s.clock.now().Add(least + time.Duration(s.dice.Int64N(int64(most-least)))))
}

// answer saves the first items at once, as the committer likes best, and then
// lets the time pass that they took.
func (s *simulation) answer(ctx context.Context, seat assess.Seat, items int) error {
	person := s.person()
	results := make(chan error, items)
	var whole time.Duration
	for position := range items {
		spent := time.Duration(20+s.dice.ExpFloat64()*35) * time.Second
		spent = min(spent, 85*time.Second)
		whole += spent
		save := assess.Save{Position: position, Revision: 1, SpentMS: spent.Milliseconds(), Response: person.Respond(s.form.Items[position], position, len(s.form.Items), 0, s.dice)}
		go func() {
			_, err := s.center.Answer(ctx, seat, save)
			results <- err
		}()
	}
	var errs []error
	for range items {
		errs = append(errs, <-results)
	}
	s.clock.set(s.clock.now().Add(whole))
	return errors.Join(errs...)
}

// person draws a believable one: a general level, four qualities around it, and
// now and then someone who hardly reads.
func (s *simulation) person() simulate.Person {
	general := 1.7 + 0.6*s.dice.NormFloat64()
	if s.dice.IntN(25) == 0 {
		general = 6
	}
	p := simulate.Person{Style: simulate.Candid, Ability: map[questions.Quality]float64{}, Noise: map[questions.Quality]float64{}}
	for _, q := range questions.Qualities {
		p.Ability[q], p.Noise[q] = 1, max(0.35, general+0.45*s.dice.NormFloat64())
	}
	return p
}

var (
	surnames   = []string{"王 Wang", "李 Li", "张 Zhang", "刘 Liu", "陈 Chen", "杨 Yang", "赵 Zhao", "黄 Huang", "周 Zhou", "吴 Wu", "徐 Xu", "孙 Sun", "胡 Hu", "朱 Zhu", "高 Gao", "林 Lin", "何 He", "郭 Guo", "马 Ma", "罗 Luo"}
	givenNames = []string{"晨 Chen", "雨桐 Yutong", "子轩 Zixuan", "佳怡 Jiayi", "浩然 Haoran", "思远 Siyuan", "梦瑶 Mengyao", "建国 Jianguo", "丽娜 Lina", "志强 Zhiqiang", "婷婷 Tingting", "俊杰 Junjie", "欣怡 Xinyi", "明 Ming", "静 Jing", "磊 Lei"}
)

// name makes up a name in the candidate's own writing.
func (s *simulation) name(language questions.Lang) (name, email string) {
	var zh, en [2]string
	for i, list := range [][]string{surnames, givenNames} {
		if _, err := fmt.Sscan(list[s.dice.IntN(len(list))], &zh[i], &en[i]); err != nil {
			panic(err) // the lists hold two words each
		}
	}
	email = fmt.Sprintf("%s.%s.%03d@fourfold.example", en[1], en[0], s.n)
	if language == questions.English {
		return en[1] + " " + en[0], email
	}
	return zh[0] + zh[1], email
}
