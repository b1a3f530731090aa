-- What a snapshot holds, each row with the place (seq) of the entry that it follows from, so that
-- every earlier size of the ledger can be read from it too. Rows are only ever added.
-- Amounts of TPP are whole tenths.

CREATE SCHEMA kept;

-- The version of this layout, and whose ledger it is: its id and legal time zone.
CREATE TABLE kept.layout (version VARCHAR NOT NULL);
CREATE TABLE kept.file (ledger VARCHAR NOT NULL, time_zone VARCHAR NOT NULL);

-- One row each time that it was filled: the ledger's size and root, and how many entries came.
CREATE TABLE kept.segment (size BIGINT PRIMARY KEY, root VARCHAR NOT NULL, entries BIGINT NOT NULL);

-- Every event with who recorded it, when (UTC) and how. The body of an export is left out: it is a lot.
CREATE TABLE kept.entry (
  seq BIGINT NOT NULL, event_id VARCHAR NOT NULL, kind VARCHAR NOT NULL, on_day DATE NOT NULL,
  recorded_at TIMESTAMP NOT NULL, actor VARCHAR NOT NULL, via VARCHAR NOT NULL,
  batch_file VARCHAR, batch_row BIGINT, body BLOB
);

-- Lots that went (lot.exported) or were reserved (lot.reserved), as recorded, with the TPP that they drew.
CREATE TABLE kept.lot (
  seq BIGINT NOT NULL, event_id VARCHAR NOT NULL, kind VARCHAR NOT NULL, on_day DATE NOT NULL,
  device VARCHAR NOT NULL, quantity BIGINT NOT NULL, unit_tpp VARCHAR, tpp BIGINT NOT NULL,
  origin VARCHAR NOT NULL, destination VARCHAR NOT NULL, transaction_kind VARCHAR NOT NULL,
  exporter VARCHAR NOT NULL, purchaser VARCHAR, intermediate_consignees VARCHAR[],
  ultimate_consignee VARCHAR NOT NULL, end_user VARCHAR NOT NULL, end_use VARCHAR NOT NULL,
  authorization_id VARCHAR NOT NULL, reference VARCHAR, line BIGINT, document VARCHAR,
  decision_id VARCHAR, reservation VARCHAR, final BOOLEAN, hold_until DATE, reinstates VARCHAR,
  bundle VARCHAR
);

-- Movements of units and TPP: what the caps count.
CREATE TABLE kept.position (
  seq BIGINT NOT NULL, place INTEGER NOT NULL, on_day DATE NOT NULL, kind VARCHAR NOT NULL,
  device VARCHAR NOT NULL, party VARCHAR NOT NULL, destination VARCHAR NOT NULL,
  units BIGINT NOT NULL, tpp BIGINT NOT NULL, lot VARCHAR NOT NULL, "authorization" VARCHAR NOT NULL,
  end_user VARCHAR NOT NULL, exporter VARCHAR NOT NULL, line VARCHAR NOT NULL
);

-- The same summed by day, as far as they came together, what was added and what was taken back
-- apart: sums add up, whatever was filled when.
CREATE TABLE kept.drawn (
  upto BIGINT NOT NULL, on_day DATE NOT NULL, kind VARCHAR NOT NULL, device VARCHAR NOT NULL,
  party VARCHAR NOT NULL, destination VARCHAR NOT NULL, "authorization" VARCHAR NOT NULL,
  end_user VARCHAR NOT NULL, exporter VARCHAR NOT NULL, line VARCHAR NOT NULL,
  units HUGEINT NOT NULL, tpp HUGEINT NOT NULL
);

-- The same by month without end user and exporter, and by day without any party: the first day of
-- the month stands for it. A question about many holders reads these, not the movements.
CREATE TABLE kept.monthly (
  upto BIGINT NOT NULL, on_month DATE NOT NULL, kind VARCHAR NOT NULL, device VARCHAR NOT NULL,
  party VARCHAR NOT NULL, destination VARCHAR NOT NULL, "authorization" VARCHAR NOT NULL,
  line VARCHAR NOT NULL, units HUGEINT NOT NULL, tpp HUGEINT NOT NULL
);
CREATE TABLE kept.placed (
  upto BIGINT NOT NULL, on_day DATE NOT NULL, kind VARCHAR NOT NULL, device VARCHAR NOT NULL,
  destination VARCHAR NOT NULL, "authorization" VARCHAR NOT NULL,
  units HUGEINT NOT NULL, tpp HUGEINT NOT NULL
);

-- What the ledger knows each event by, and which party named which one above it.
CREATE TABLE kept.registry (
  seq BIGINT NOT NULL, kind VARCHAR NOT NULL, subject VARCHAR NOT NULL, detail VARCHAR NOT NULL,
  on_day VARCHAR NOT NULL
);
CREATE TABLE kept.kinship (seq BIGINT NOT NULL, parent VARCHAR NOT NULL, party VARCHAR NOT NULL);

-- Facts by their events: registrations, classifications, grants with their lines.
CREATE TABLE kept.party (
  seq BIGINT NOT NULL, event_id VARCHAR NOT NULL, on_day DATE NOT NULL, party VARCHAR NOT NULL,
  name VARCHAR NOT NULL, location VARCHAR NOT NULL, headquarters VARCHAR NOT NULL,
  ultimate_parent VARCHAR, party_kind VARCHAR NOT NULL
);
CREATE TABLE kept.device (
  seq BIGINT NOT NULL, event_id VARCHAR NOT NULL, on_day DATE, device VARCHAR NOT NULL,
  vendor VARCHAR NOT NULL, model VARCHAR NOT NULL, unit_tpp BIGINT NOT NULL, ics BIGINT NOT NULL,
  data_center BOOLEAN NOT NULL, eccn VARCHAR, source VARCHAR NOT NULL
);
CREATE TABLE kept.granted (
  seq BIGINT NOT NULL, event_id VARCHAR NOT NULL, on_day DATE NOT NULL, authorization_id VARCHAR NOT NULL,
  reference VARCHAR NOT NULL, party VARCHAR NOT NULL, destinations VARCHAR[] NOT NULL,
  valid_from DATE NOT NULL, until DATE, exporter VARCHAR
);
CREATE TABLE kept.granted_line (
  seq BIGINT NOT NULL, reference VARCHAR NOT NULL, line BIGINT NOT NULL, device VARCHAR NOT NULL,
  quantity BIGINT NOT NULL, tolerance_percent VARCHAR
);

-- The law as adopted: packs, every dated row with its citation, and the steps of allowances.
CREATE TABLE kept.law_pack (
  seq BIGINT NOT NULL, pack VARCHAR NOT NULL, version VARCHAR NOT NULL, digest VARCHAR NOT NULL,
  title VARCHAR NOT NULL, kind VARCHAR NOT NULL, source VARCHAR NOT NULL
);
CREATE TABLE kept.law_row (
  seq BIGINT NOT NULL, pack VARCHAR NOT NULL, kind VARCHAR NOT NULL, id VARCHAR NOT NULL, title VARCHAR,
  cite VARCHAR NOT NULL, valid_from DATE, until DATE, evidence VARCHAR NOT NULL, note VARCHAR
);
CREATE TABLE kept.law_step (
  seq BIGINT NOT NULL, pack VARCHAR NOT NULL, cap VARCHAR NOT NULL, version_from DATE, step_from DATE,
  tpp BIGINT
);
