"""Labels of images, in the forms that `relabel.*` writes."""

from .error import RetortError


class Labels:
    """
    form      "hard" (the classes of the images), "image" (logits an image), "replay" (logits of views made in advance),
              "labeller" (networks that are asked while a student trains), "learned" (probabilities learned with images)
    classes   names; None where a form of "hard" stands alone
    labels    int64 [N] or None
    logits    float32 [N,K] of the form "image", else None
    probabilities  float32 [N,K] of the form "learned", else None
    epochs    how many epochs a replay holds, else 0
    """

    def __init__(self, form, classes=None, labels=None, logits=None, probabilities=None, artifact=None):
        self.form, self.classes, self.labels, self.logits, self.probabilities = form, classes, labels, logits, probabilities
        self.epochs = artifact.meta["replay"]["epochs"] if form == "replay" else 0
        self._artifact = artifact

    @classmethod
    def read(cls, artifact):
        form, classes = artifact.meta["form"], artifact.meta.get("classes")
        tensors = artifact.tensors("labels.safetensors") if form == "image" else {}
        return cls(form, classes, tensors.get("labels"), tensors.get("logits"), artifact=artifact)

    @classmethod
    def of_images(cls, images):
        """Those that images carry: learned ones, where there are any."""
        form = "hard" if images.probabilities is None else "learned"
        return cls(form, images.classes, images.labels, probabilities=images.probabilities)

    def epoch(self, number):
        """{name: tensor} of one epoch of a replay, a row an image in the order of the batches.

        order int32 [N]: which image; logits float16 [N,K]; and, as the views have them: boxes int16 [N,4] (top, left, height,
        width of a crop), offsets int16 [N,2], flips bool [N], mix_partner int32 [N], mix_share and mix_box a batch.
        """
        if not 0 <= number < self.epochs:
            raise RetortError(f'there is no epoch {number}: labels of form "{self.form}" hold {self.epochs} epochs of views')
        return self._artifact.tensors(f"epoch-{number:05}.safetensors")

    def teachers(self):
        """[torch.nn.Module] of a labeller: its networks in eval mode; `Result.network` says which can be had."""
        from .network import network

        if self.form != "labeller":
            raise RetortError(f'labels of form "{self.form}" hold no networks, those of form "labeller" do')
        return [
            network(meta, self._artifact.tensors(f"teacher-{i}.safetensors"))
            for i, meta in enumerate(self._artifact.meta["teachers"])
        ]

    def __repr__(self):
        return f'<labels of form "{self.form}">'
