-- Up Migration
-- Pyramids that the server makes by itself choose their switch zoom by how dense the points lie.
alter table chorograph.pyramid add column below smallint;
comment on column chorograph.pyramid.below is 'Switch zoom of a pyramid that the server made by itself; NULL where maps.yaml says it';

-- Down Migration
alter table chorograph.pyramid drop column below;
