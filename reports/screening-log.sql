-- title: Screening log
-- question: Which lists were adopted, and which hits did a person clear?
-- column seq: the place of the entry
-- column on_day [day]: the legal day
-- column what: a list that was adopted, or a hit that was cleared
-- column list: the list
-- column published_on [day]: the day on which the list was published
-- column digest: the digest of its contents
-- column entries: how many parties it names
-- column party: the party that was cleared
-- column hit: the listed party that it is not
-- column reason: why
-- column signed_by: who says so
-- column actor: who recorded it
-- column reversed: whether it was taken back
-- key: seq
SELECT
  e.seq,
  e.on_day,
  CASE e.kind WHEN 'list.adopted' THEN 'list adopted' ELSE 'hit cleared' END AS what,
  json_extract_string(decode(e.body), '$.event.name') AS list,
  CAST(json_extract_string(decode(e.body), '$.event.source_on') AS DATE) AS published_on,
  json_extract_string(decode(e.body), '$.event.digest') AS digest,
  CAST(json_extract_string(decode(e.body), '$.event.count') AS BIGINT) AS entries,
  json_extract_string(decode(e.body), '$.event.party') AS party,
  json_extract_string(decode(e.body), '$.event.hit') AS hit,
  json_extract_string(decode(e.body), '$.event.reason') AS reason,
  json_extract_string(decode(e.body), '$.event.signed_by') AS signed_by,
  e.actor,
  r.event_id IS NOT NULL AS reversed
FROM entry AS e
LEFT JOIN reversal AS r ON r.event_id = e.event_id
WHERE e.kind IN ('list.adopted', 'party.cleared')
ORDER BY e.seq
