-- title: Balances of a quarter
-- question: Where did each cap stand before the quarter, what moved in it, and where does it stand after?
-- param quarter: quarter = last; the quarter
-- needs: balance(quarter)
-- column cap: the cap
-- column holder: whose share of it
-- column opening_allowance_tpp [TPP]: what the law allowed on the day before; empty is unlimited, or no figure
-- column opening_tpp [TPP]: drawn on the day before
-- column lapsed_tpp [TPP]: what counts no longer: its window is over, a status or licence has ended, or facts changed
-- column drawn_tpp [TPP]: drawn in the quarter
-- column returned_tpp [TPP]: taken back in it by reversals
-- column freed_tpp [TPP]: left the installed base: returned, lost, destroyed, moved elsewhere
-- column reported_tpp [TPP]: others' draws that were reported; of a share, what entered or left it
-- column closing_tpp [TPP]: drawn on the last day: opening - lapsed + drawn - returned - freed + reported
-- column reserved_tpp [TPP]: open reservations at the cut-off
-- column closing_allowance_tpp [TPP]: what the law allows on the last day; empty is unlimited, or it counts no longer
-- column left_tpp [TPP]: what is left on that day; later days may leave a lot less
-- column cite: where it stands
-- key: cap, holder
SELECT
  cap,
  holder,
  tpp(opening_allowance) AS opening_allowance_tpp,
  tpp(opening) AS opening_tpp,
  tpp(lapsed) AS lapsed_tpp,
  tpp(drawn) AS drawn_tpp,
  tpp(returned) AS returned_tpp,
  tpp(freed) AS freed_tpp,
  tpp(reported) AS reported_tpp,
  tpp(closing) AS closing_tpp,
  tpp(reserved) AS reserved_tpp,
  tpp(closing_allowance) AS closing_allowance_tpp,
  tpp(headroom) AS left_tpp,
  cite
FROM balance
WHERE opening <> 0 OR lapsed <> 0 OR closing <> 0 OR drawn <> 0 OR returned <> 0 OR freed <> 0 OR reported <> 0
  OR reserved <> 0
ORDER BY cap, holder
