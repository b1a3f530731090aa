-- title: China and Macau against US volume
-- question: How much of each product may go to China and Macau, measured against what went to US customers?
-- param from: quarter = 2026Q1; the first quarter
-- param until: quarter = this; the last quarter
-- needs: finding_by_quarter(from, until, 'us-ear/china/us-volume')
-- column product: the device
-- column quarter: the quarter, on its last day
-- column allowed_tpp [TPP]: the part of US volume that may go
-- column gone_tpp [TPP]: what went to China and Macau
-- column reserved_tpp [TPP]: what is reserved, or set aside for live licences
-- column left_tpp [TPP]: what may still go by then
-- column cite: where it stands
-- key: product, quarter
SELECT
  f.holder AS product,
  quarter_of(f.on_day) AS quarter,
  tpp(f.allowance) AS allowed_tpp,
  tpp(f.drawdown) AS gone_tpp,
  tpp(f.reserved) AS reserved_tpp,
  tpp(f.left_over) AS left_tpp,
  f.cite
FROM finding_by_quarter AS f
ORDER BY f.holder, f.on_day
