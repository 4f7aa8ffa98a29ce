import { contentTag } from '../../http/answers/respond.ts';
import { GEOJSON_TYPE, JSON_TYPE, link, ownLinks, type Format, type Link } from '../answers/links.ts';
import type { Collection } from '../collections/collections.ts';
import { collectionUrl } from '../collections/describe.ts';

export const collectionLink = (root: string, collection: Collection): Link[] => [
  link('collection', collectionUrl(root, collection), JSON_TYPE, collection.title),
];

/** Links of one feature. @param url that it was asked for by */
export const featureLinks = (root: string, collection: Collection, url: string, format: Format): Link[] => [
  ...ownLinks(url, format, GEOJSON_TYPE),
  ...collectionLink(root, collection),
];

/** The validator of a representation of a feature: which state of it that is of, and what it is written as. */
export const featureEtag = (version: string, text: string): string => `${version}.${contentTag(text)}`;
