-- title: Shares of universal validated end users
-- question: Where do the shares of each UVEU stand against 25 %, 7 % and 50 %, quarter by quarter?
-- param from: quarter = last; the first quarter
-- param until: quarter = 2027Q4; the last quarter
-- needs: finding_by_quarter(from, until, 'us-ear/uveu/')
-- column cap: the share
-- column title: what it limits
-- column holder: the family, and the country where it is one country's share
-- column quarter: the quarter, on its last day
-- column allowed_tpp [TPP]: the share of the installed base, rounded down
-- column installed_tpp [TPP]: what counts in it
-- column reserved_tpp [TPP]: what is reserved
-- column left_tpp [TPP]: the largest lot of that day that keeps the share on it
-- column cite: where it stands
-- key: cap, holder, quarter
SELECT
  f.cap,
  f.title,
  f.holder,
  quarter_of(f.on_day) AS quarter,
  tpp(f.allowance) AS allowed_tpp,
  tpp(f.drawdown) AS installed_tpp,
  tpp(f.reserved) AS reserved_tpp,
  tpp(f.left_over) AS left_tpp,
  f.cite
FROM finding_by_quarter AS f
ORDER BY f.cap, f.holder, f.on_day
