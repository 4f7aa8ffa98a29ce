-- Up Migration
comment on column chorograph.search_document.words is
  'Words of the title (A) and parents (B), folded and not stemmed; of descriptions that count half as much as a title or more (C), or less (D), stemmed where their language is named';

-- Down Migration
comment on column chorograph.search_document.words is 'Words of the title (A), parents (B) and descriptions (C), folded and not stemmed';
