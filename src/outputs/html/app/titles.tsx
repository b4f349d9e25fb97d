// Headings of a view and of its parts: one below where all views stand under each other, as they do without script.

import type { ComponentChildren } from 'preact';
import { usePage } from './page-context.js';

export function ViewTitle({ id, children }: { id: string; children: ComponentChildren }) {
  const Heading = usePage().place === null ? 'h2' : 'h1';
  return (
    <Heading id={id} class="view-title">
      {children}
    </Heading>
  );
}

export function PartTitle({ children }: { children: ComponentChildren }) {
  const Heading = usePage().place === null ? 'h3' : 'h2';
  return <Heading class="part-title">{children}</Heading>;
}
