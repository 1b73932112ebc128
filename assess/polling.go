package assess

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
)

// Polling is a connection whose vendor is to be asked for its open orders.
type Polling struct {
	By         Actor
	Connection Connection
	Calling    Calling
}

// PollEvery is how often a vendor that lists its orders is asked for them.
const PollEvery = 5 * time.Minute

const pollingsDue = `
	UPDATE connections SET polled_at = $2
	WHERE vendor = $1 AND closed_at IS NULL AND credential <> '' AND (polled_at IS NULL OR polled_at <= $3)
	RETURNING organization_id, id`

// Pollings takes the connections whose vendor has not been asked for a while; of
// several servers one gets each.
func (c *Center) Pollings(ctx context.Context, vendor Vendor) ([]Polling, error) {
	var due []struct {
		Organization uuid.UUID `db:"organization_id"`
		ID           uuid.UUID `db:"id"`
	}
	now := c.now()
	since := At(now.Add(-PollEvery))
	var waits []int
	if err := c.read.SelectContext(ctx, &waits, `
		SELECT 1 FROM connections
		WHERE vendor = $1 AND closed_at IS NULL AND credential <> '' AND (polled_at IS NULL OR polled_at <= $2)
		LIMIT 1`, vendor, since); err != nil || len(waits) == 0 {
		return nil, readError(err)
	}
	if err := c.write.SelectContext(ctx, &due, pollingsDue, vendor, now, since); err != nil {
		return nil, readError(err)
	}
	var all []Polling
	var failed []error
	for _, d := range due {
		n, err := connectionOf(ctx, c.read, d.Organization, d.ID)
		if err == nil {
			var at Calling
			if at, err = c.callingFor(ctx, n, ""); err == nil {
				all = append(all, Polling{Actor{Organization: d.Organization, Kind: ConnectionActor, ID: d.ID}, n, at})
			}
		}
		failed = append(failed, err)
	}
	return all, errors.Join(failed...)
}
