-- title: Burn rate and day of exhaustion
-- question: At the rate of the last months, when is each cap exhausted?
-- param on: day = today; the day
-- param cap: text?; only this cap
-- needs: forecast(on)
-- column cap: the cap
-- column holder: whose share of it
-- column headroom_tpp [TPP]: what is left on the day
-- column blocks: how many blocks of 30 days the rates are of, twelve at most
-- column slow_tpp [TPP]: the 10th percentile of the draws of a block, or the mean if that is less
-- column expected_tpp [TPP]: their mean
-- column fast_tpp [TPP]: their 90th percentile, or the mean if that is more
-- column earliest_on [day]: exhausted at the fast rate; the day asked about where nothing is left on it
-- column expected_on [day]: exhausted at the mean
-- column latest_on [day]: exhausted at the slow rate; empty is never, or after the window
-- column window_over_on [day]: the first day on which what counts now counts no longer
-- key: cap, holder
SELECT
  cap,
  holder,
  tpp(headroom) AS headroom_tpp,
  blocks,
  tpp(slow) AS slow_tpp,
  tpp(expected) AS expected_tpp,
  tpp(fast) AS fast_tpp,
  earliest_on,
  expected_on,
  latest_on,
  window_over_on
FROM forecast
WHERE $cap IS NULL OR cap = $cap
ORDER BY expected_on NULLS LAST, cap, holder
