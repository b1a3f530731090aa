-- title: Headroom on a day
-- question: What does each cap still allow, and to whom, on a day?
-- param on: day = today; the day
-- param cap: text?; only this cap
-- param holder: text?; only holders that hold this party, country or licence
-- needs: finding(on, cap); place()
-- column cap: the cap
-- column holder: whose share of it
-- column holder_name: the party's name, or the country's
-- column allowance_tpp [TPP]: what the law allows; empty is unlimited
-- column drawn_tpp [TPP]: what counts on the day
-- column reserved_tpp [TPP]: what is reserved by then
-- column left_tpp [TPP]: what the day itself leaves: allowance less drawn less reserved; of a share, the largest lot that keeps it
-- column headroom_tpp [TPP]: what a lot of the day may add: the least that is left on it and on any later day on which it would count
-- column used_percent [%]: drawn and reserved, of the allowance, rounded up
-- column binds_on [day]: the day of that least
-- column house: whose own cap it is, where it is not the law's
-- column cite: where it stands
-- key: cap, holder
SELECT
  f.cap,
  f.holder,
  coalesce(p.name, n.name) AS holder_name,
  tpp(f.allowance) AS allowance_tpp,
  tpp(f.drawdown) AS drawn_tpp,
  tpp(f.reserved) AS reserved_tpp,
  tpp(f.left_over) AS left_tpp,
  tpp(f.headroom) AS headroom_tpp,
  CASE WHEN f.allowance > 0
    THEN CAST((100 * (f.drawdown + f.reserved) + f.allowance - 1) // f.allowance AS BIGINT)
  END AS used_percent,
  f.binding_on AS binds_on,
  f.house,
  f.cite
FROM finding AS f
LEFT JOIN place AS n ON n.destination = f.holder
LEFT JOIN (
  SELECT party, arg_max(name, (on_day, seq)) AS name FROM party WHERE on_day <= $on GROUP BY party
) AS p ON p.party = f.owner
WHERE $holder IS NULL OR f.holder = $holder OR list_contains(string_split(f.holder, ' / '), $holder)
ORDER BY f.cap, f.headroom NULLS LAST, f.holder
