-- title: Utilisation
-- question: How full is each cap, and when did that change?
-- param cap: text?; only this cap
-- param since: day?; only changes on this day or later
-- needs: change(cap)
-- column cap: the cap
-- column holder: whose share of it
-- column on_day [day]: the first day of the status
-- column status: open, critical at 80, 90 or 95 %, exhausted, over, reopened, unlimited; empty where it counts no longer
-- column allowance_tpp [TPP]: what the law allows then
-- column drawn_tpp [TPP]: what was drawn
-- column reserved_tpp [TPP]: what was reserved
-- column last: whether it is the last change that is known
-- key: cap, holder, on_day
SELECT
  cap,
  holder,
  on_day,
  status,
  tpp(allowance) AS allowance_tpp,
  tpp(drawdown) AS drawn_tpp,
  tpp(reserved) AS reserved_tpp,
  row_number() OVER (PARTITION BY cap, holder ORDER BY on_day DESC) = 1 AS last
FROM change
WHERE $since IS NULL OR on_day >= $since
ORDER BY cap, holder, on_day
