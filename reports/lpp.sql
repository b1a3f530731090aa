-- title: LPP by ultimate parent and year
-- question: How much of its low processing performance allowance has each ultimate parent used, year by year?
-- param from: quarter = last; the first quarter
-- param until: quarter = this; the last quarter
-- needs: finding_by_quarter(from, until, 'us-ear/lpp/parent-year')
-- column parent: the ultimate parent
-- column name: its name
-- column year: the calendar year
-- column up_to_on [day]: the day up to which is counted
-- column allowance_tpp [TPP]: what the law allows in a year
-- column drawn_tpp [TPP]: what went in the year by then
-- column reserved_tpp [TPP]: what is reserved in it
-- column left_tpp [TPP]: what the year has left by then
-- column cite: where it stands
-- key: parent, up_to_on
SELECT
  f.owner AS parent,
  p.name,
  CAST(year(f.on_day) AS VARCHAR) AS year,
  f.on_day AS up_to_on,
  tpp(f.allowance) AS allowance_tpp,
  tpp(f.drawdown) AS drawn_tpp,
  tpp(f.reserved) AS reserved_tpp,
  tpp(f.left_over) AS left_tpp,
  f.cite
FROM finding_by_quarter AS f
LEFT JOIN (
  SELECT party, arg_max(name, (on_day, seq)) AS name FROM party
  WHERE on_day <= $until_last GROUP BY party
) AS p
  ON p.party = f.owner
WHERE f.drawdown <> 0 OR f.reserved <> 0
ORDER BY f.owner, f.on_day
