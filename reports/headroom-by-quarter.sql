-- title: Headroom by quarter
-- question: How do allowance and headroom of each cap, country and holder move from quarter to quarter?
-- param from: quarter = this; the first quarter
-- param until: quarter = 2027Q4; the last quarter
-- param cap: text?; only this cap
-- needs: finding_by_quarter(from, until, cap)
-- column cap: the cap
-- column holder: whose share of it
-- column quarter: the quarter, on its last day
-- column allowance_tpp [TPP]: what the law allows by then; empty is unlimited
-- column drawn_tpp [TPP]: what counts on the day
-- column reserved_tpp [TPP]: what is reserved by then
-- column left_tpp [TPP]: what the day itself leaves: allowance less drawn less reserved; of a share, the largest lot that keeps it
-- column headroom_tpp [TPP]: what a lot of the day may add: the least that is left on it and on any later day on which it would count
-- column binds_on [day]: the day of that least
-- column cite: where it stands
-- key: cap, holder, quarter
SELECT
  f.cap,
  f.holder,
  quarter_of(f.on_day) AS quarter,
  tpp(f.allowance) AS allowance_tpp,
  tpp(f.drawdown) AS drawn_tpp,
  tpp(f.reserved) AS reserved_tpp,
  tpp(f.left_over) AS left_tpp,
  tpp(f.headroom) AS headroom_tpp,
  f.binding_on AS binds_on,
  f.cite
FROM finding_by_quarter AS f
WHERE f.touched OR $cap IS NOT NULL
ORDER BY f.cap, f.holder, f.on_day
