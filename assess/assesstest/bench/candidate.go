package bench

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"

	"github.com/fourfold/fourfold/questions"
)

// Candidate saves answers the way the script of an item's page does, to any item
// of a started sitting, each with the next revision.
type Candidate struct {
	*Client
	answers   [][]string // By position, complete responses as JSON.
	revisions []int64
	body      []byte
}

// Seat gives the holder of a cookie a connection to a server.
func Seat(address, cookie string, form *questions.Form) (*Candidate, error) {
	client, err := Dial(address)
	if err != nil {
		return nil, err
	}
	client.Cookie = cookie
	c := &Candidate{Client: client, revisions: make([]int64, len(form.Items))}
	for _, item := range form.Items {
		var answers []string
		for r := range item.Responses() {
			text, err := json.Marshal(r)
			if err != nil {
				return nil, err
			}
			answers = append(answers, string(text))
			if len(answers) == 2 {
				break
			}
		}
		c.answers = append(c.answers, answers)
	}
	return c, nil
}

// Next saves an answer to an item taken by chance.
func (c *Candidate) Next() error { return c.Save(rand.IntN(len(c.answers))) }

// Save changes the answer to one item, and fails unless it was kept.
func (c *Candidate) Save(position int) error {
	revision := c.revisions[position] + 1
	answers := c.answers[position]
	c.body = fmt.Appendf(c.body[:0], `{"revision":%d,"response":%s,"spent_ms":1000}`, revision, answers[revision%int64(len(answers))])
	r, err := c.PostJSON("/sit/items/"+strconv.Itoa(position+1), c.body)
	if err != nil {
		return err
	}
	if r.Status != 200 {
		return fmt.Errorf("save %s: %d %s", c.body, r.Status, r.Body)
	}
	c.revisions[position] = revision
	return nil
}

// SaveAll answers every item in turn.
func (c *Candidate) SaveAll() error {
	for position := range c.answers {
		if err := c.Save(position); err != nil {
			return err
		}
	}
	return nil
}
