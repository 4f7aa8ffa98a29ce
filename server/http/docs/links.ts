import { posix } from 'node:path';
import { addressOf } from './pages.ts';

/** `../` as often as leads from a page to the root of the site. */
export const toRootFrom = (path: string): string => '../'.repeat(path.split('/').length - 2) || './';

/**
 * What a link of a page leads to, as it stands in the page: files of the project become their addresses, addresses
 * from the root relative ones, so that all of it works behind a proxy that adds a path.
 *
 * @param file of the page, in the project
 * @param path of the page, from the root of the site
 */
export function linkFrom({
  file,
  path,
}: {
  file: string;
  path: string;
}): (href: string) => string | undefined {
  return (href) => {
    if (/^(https?:|mailto:|#)/.test(href)) return href;
    if (/^\w+:/.test(href)) return undefined;
    const [target = '', anchor] = href.split('#', 2);
    const address = target.startsWith('/') ? target : addressOf(posix.join(posix.dirname(file), target));
    if (address === undefined) return undefined;
    return `${toRootFrom(path)}${address.slice(1)}${anchor === undefined ? '' : `#${anchor}`}`;
  };
}
