-- title: Duties
-- question: What must be notified, certified, reported or kept, by when, and what is done?
-- param from: quarter = last; the first quarter in which they are due
-- param until: quarter = this; the last quarter
-- param on: day = today; the day as of which it stands
-- needs: duty(from, until, on)
-- column due_on [day]: the day on which it is due
-- column state: due, done or overdue
-- column duty: the duty
-- column what: what must be done
-- column party: for whom
-- column destination: where to
-- column authorization_id: under which authorization
-- column done_on [day]: when it was done
-- column document: by which document
-- column id: what names it: chipledger duties done ID
-- column cite: where it stands
-- key: id
SELECT
  due_on, state, duty, what, party, destination, authorization_id, done_on, document, id, cite
FROM duty
ORDER BY due_on, id
