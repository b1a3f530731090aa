-- title: Breaches
-- question: Which caps are passed, on which days, and which event did it?
-- param from: day?; only those that last until this day or longer
-- param until: day?; only those that begin by this day
-- needs: breach()
-- column cap: the cap
-- column holder: whose share of it
-- column first_on [day]: the first day on which it is passed
-- column last_on [day]: the last day; empty where no later day ends it
-- column worst_on [day]: the first of the worst days
-- column over_tpp [TPP]: by how much it is passed then
-- column allowance_tpp [TPP]: what the law allows then
-- column drawn_tpp [TPP]: what was drawn
-- column reserved_tpp [TPP]: what was reserved
-- column event: the event by which these days last came to be passed
-- column event_kind: what it is
-- column recorded_at: when it was recorded, UTC
-- column actor: by whom
-- column postures: under which postures the cap decides
-- column cite: where it stands
-- key: cap, holder, first_on
SELECT
  b.cap,
  b.holder,
  b.first_on,
  b.last_on,
  b.worst_on,
  tpp(b.passed_by) AS over_tpp,
  tpp(b.allowance) AS allowance_tpp,
  tpp(b.drawdown) AS drawn_tpp,
  tpp(b.reserved) AS reserved_tpp,
  e.event_id AS event,
  e.kind AS event_kind,
  e.recorded_at,
  e.actor,
  b.postures,
  b.cite
FROM breach AS b
LEFT JOIN entry AS e ON e.seq = b.seq
WHERE ($from IS NULL OR b.last_on IS NULL OR b.last_on >= $from)
  AND ($until IS NULL OR b.first_on <= $until)
ORDER BY b.cap, b.holder, b.first_on
