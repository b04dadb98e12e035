/** A price of one's own by another unit than tokens: images, seconds, calls and the like. */

import { useState } from "preact/hooks";
import { type AnswerOf, get, send } from "../../api/client.ts";
import { Choice, Dialog, Field, Form, numberOf } from "../../ui/dialog.tsx";
import { Money } from "../../ui/figures.tsx";
import { Empty, Loaded, useAnswer } from "../../ui/loading.tsx";
import { Probe } from "../../ui/probe.tsx";
import { Table } from "../../ui/table.tsx";
import { Change } from "./change.tsx";

const PRICING = "/profitstream/v2/api/sources/ai/models/{id}/pricing";
const DIMENSIONS = `${PRICING}/dimensions` as const;
const UNITS: Record<string, string> = {
  PER_IMAGE: "image",
  PER_MEGAPIXEL: "megapixel",
  PER_SECOND: "second",
  PER_MINUTE: "minute",
  PER_HOUR: "hour",
  PER_CHARACTER: "character",
  PER_MEGABYTE: "megabyte",
  PER_CALL: "call",
};
/** What is paid for: its words, what is made or read, its class of cost, and its direction. */
const USES: Record<string, [words: string, modality: string, type: string, direction: string]> = {
  image: ["images that are made", "IMAGE", "IMAGE_GENERATION", "OUTPUT"],
  video: ["video that is made", "VIDEO", "VIDEO_GENERATION", "OUTPUT"],
  speech: ["speech that is made", "AUDIO", "AUDIO_GENERATION", "OUTPUT"],
  sound: ["sound that is written down", "AUDIO", "AUDIO_TRANSCRIPTION", "INPUT"],
  any: ["calls of any kind", "TEXT", "AI", ""],
};
type Body = NonNullable<Parameters<typeof send<"post", typeof DIMENSIONS>>[2]>;

interface Properties {
  model: { id: string; name: string };
  close: () => void;
  done: () => void;
}

export function UnitPrice({ model, close, done }: Properties) {
  const places = { id: model.id };
  const look = async (values: Record<string, string>) =>
    (await send("post", `${DIMENSIONS}/preview`, bodyOf(values), { places })).data;
  const keep = (values: Record<string, string>) =>
    send("post", DIMENSIONS, bodyOf(values), { places });
  const finish = () => {
    done();
    close();
  };
  const pairs = (words: Record<string, string>) => Object.entries(words);
  const [unit, choose] = useState("PER_IMAGE");
  return (
    <Dialog title={`Prices of ${model.name} by unit`} close={close}>
      <Known id={model.id} />
      <Form submit="Keep the price" send={keep} done={finish}>
        <div class="pair">
          <Choice label="A price for each" name="unit" options={pairs(UNITS)} change={choose} />
          <Choice
            label="Of"
            name="use"
            options={Object.entries(USES).map(([use, [words]]) => [use, words])}
          />
        </div>
        <Field
          label={`USD for each ${UNITS[unit]}`}
          name="price"
          required
          pattern="[0-9]*[.]?[0-9]+"
        />
        <Probe words="What would it change?" ask={look}>{(found) => <Change of={found} />}</Probe>
        <p class="quiet">
          It goes before the list's price of the same usage, from now on; past calls that have no
          price yet are rated by it too.
        </p>
      </Form>
    </Dialog>
  );
}

function bodyOf({ unit = "", use = "", price = "" }: Record<string, string>): Body {
  const [, modality, costType, direction] = USES[use]!;
  return {
    billingUnit: unit,
    modality,
    costType,
    ...(direction ? { direction } : {}),
    unitPrice: numberOf(price)!,
  } as Body;
}

type Price = AnswerOf<typeof PRICING>["dimensions"][number];

/** The prices by other units that hold today, those of the list among them. */
function Known({ id }: { id: string }) {
  const asked = useAnswer((signal) => get(PRICING, { places: { id }, signal }), [id]);
  return (
    <Loaded of={asked}>
      {({ data }) => {
        const rows = data.dimensions.filter((each) => each.billingUnit !== "PER_TOKEN");
        if (!rows.length) return <Empty title="No price by a unit yet" />;
        return (
          <Table
            caption="Prices by unit"
            rows={rows}
            name={(row) => row.id ?? ""}
            columns={[
              { title: "Each", cell: (row) => UNITS[row.billingUnit] ?? lower(row.billingUnit) },
              { title: "Of", cell: usageOf },
              {
                title: "USD",
                numeric: true,
                cell: (row) => (
                  <>
                    <Money of={row.unitPrice} />
                    {!row.isGlobal && <small class="quiet">your own</small>}
                  </>
                ),
              },
            ]}
          />
        );
      }}
    </Loaded>
  );
}

function usageOf(row: Price): string {
  const words = [row.modality, row.direction, row.operationSubtype];
  for (const value of Object.values(JSON.parse(String(row.attributes ?? "{}")))) {
    words.push(String(value));
  }
  return words.filter(Boolean).map((each) => lower(String(each))).join(", ");
}

function lower(word: string): string {
  return word.toLowerCase().replaceAll("_", " ");
}
