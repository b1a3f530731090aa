-- title: Headroom by country and quarter
-- question: How much may still go to each country, by the end of each quarter?
-- param from: quarter = this; the first quarter
-- param until: quarter = 2027Q4; the last quarter
-- param cap: text = us-ear/allocation/country; a cap that is held per destination
-- needs: finding_by_quarter(from, until, cap); place()
-- column destination: the country
-- column name: its name
-- column quarter: the quarter, on its last day
-- column allowance_tpp [TPP]: what the law allows by then; empty is unlimited
-- column drawn_tpp [TPP]: what counts on the day
-- column reserved_tpp [TPP]: what is reserved by then
-- column left_tpp [TPP]: what the day itself leaves: allowance less drawn less reserved; of a share, the largest lot that keeps it
-- column headroom_tpp [TPP]: what a lot of the day may add: the least that is left on it and on any later day on which it would count
-- key: destination, quarter
SELECT
  f.destination,
  n.name,
  quarter_of(f.on_day) AS quarter,
  tpp(f.allowance) AS allowance_tpp,
  tpp(f.drawdown) AS drawn_tpp,
  tpp(f.reserved) AS reserved_tpp,
  tpp(f.left_over) AS left_tpp,
  tpp(f.headroom) AS headroom_tpp
FROM finding_by_quarter AS f
LEFT JOIN place AS n ON n.destination = f.destination
WHERE f.destination = f.holder
ORDER BY f.destination, f.holder, f.on_day
