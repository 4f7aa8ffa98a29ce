export interface Metric {
  id: string;
  kind: 'sum' | 'ratio' | 'value';
  label: string;
  unit?: string;
}

/** An entry of the list of choropleths that can be shown. */
export interface Choropleth {
  id: string;
  title: string;
  description?: string;
  available: true;
  levels: string[];
  /** What people call them, by id. */
  levelLabels: Record<string, string>;
  dimensions: { id: string; label: string; values: string[] }[];
  /** The dimension that is time, where one is. */
  time?: string;
  metrics: Metric[];
  /** Columns that counts may be divided by. */
  denominators?: string[];
  classify: {
    metric: string;
    method: string;
    classes: number;
    scheme: string;
    reverse: boolean;
    isolate?: number[];
  };
}

export interface UnavailableChoropleth {
  id: string;
  title: string;
  available: false;
  problem: string;
}

export type ListedChoropleth = Choropleth | UnavailableChoropleth;
