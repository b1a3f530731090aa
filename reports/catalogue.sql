-- title: Catalogue and classification
-- question: How is each device rated and classified on a day, and why?
-- param on: day = today; the day
-- needs: device_class()
-- column device: the device
-- column vendor: its vendor
-- column model: its model
-- column rating_tpp [TPP]: TPP of one unit
-- column ics: integrated circuits of a unit
-- column data_center: whether it is designed or marketed for data centers
-- column item_class: its class under the rules; empty where a fact is missing
-- column eccn: the paragraph that holds it, where it is known
-- column why: which test it meets
-- column cite: where that test stands
-- column source: where its figures come from
-- key: device
SELECT
  device,
  vendor,
  model,
  tpp(unit_tpp) AS rating_tpp,
  ics,
  data_center,
  item_class,
  entry AS eccn,
  why,
  cite,
  source
FROM device_class
WHERE (first_on IS NULL OR first_on <= $on) AND (last_on IS NULL OR last_on >= $on)
ORDER BY device
