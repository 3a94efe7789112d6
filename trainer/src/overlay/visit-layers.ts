import { LayersModel } from "@tensorflow/tfjs-layers";

export type Layer = LayersModel["layers"][number];

/** Layers that hold others, which TensorFlow.js' types hide. */
interface Holder {
  readonly cell?: Layer;
  readonly cells?: readonly Layer[];
  readonly layer?: Layer;
  readonly forwardLayer?: Layer;
  readonly backwardLayer?: Layer;
}

/** What a layer holds: a wrapper's inner layer, a recurrent layer's cell, both directions of a bidirectional one. */
function innerLayers(layer: Layer): readonly Layer[] {
  if (layer instanceof LayersModel) return layer.layers;
  const { cell, cells, layer: inner, forwardLayer, backwardLayer } = layer as unknown as Holder;
  // A bidirectional layer keeps the layer that it was made from, and never uses it again.
  const parts = forwardLayer ? [forwardLayer, backwardLayer] : [inner, cell, ...(cells ?? [])];
  return parts.filter((part) => part !== undefined);
}

/** Every layer of a model, of the models within it, and within wrappers and recurrent layers: outer ones first. */
export function layersOf(model: LayersModel): readonly Layer[] {
  const found = new Set<Layer>();
  const visit = (layer: Layer): void => {
    if (found.has(layer)) return;
    if (!(layer instanceof LayersModel)) found.add(layer);
    for (const inner of innerLayers(layer)) visit(inner);
  };
  visit(model);
  return [...found];
}
