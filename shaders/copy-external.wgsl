// Copy of a video's frame. The browser's own way to the same pixels draws, and takes longer.
//
//   picture[y,x] = frame[y,x]
//
//   frame    external texture  opaque, no smaller than the picture; converted to RGB as it is read
//   picture  rgba8unorm
//
// One invocation owns a pixel.

@group(0) @binding(0) var frame: texture_external;
@group(0) @binding(1) var picture: texture_storage_2d<rgba8unorm, write>;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if any(id.xy >= textureDimensions(picture)) { return; }
  textureStore(picture, id.xy, textureLoad(frame, id.xy));
}
