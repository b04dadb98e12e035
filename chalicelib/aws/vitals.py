"""Vitals of a deployed stage: its alarms in CloudWatch watch what a laptop has to tell itself."""

from chalicelib.ports.vitals import Reading


class AwsVitals:
    """See chalicelib.ports.vitals.Vitals. The age of the stream and failed functions have alarms in
    infra/template.yaml; asking for them at each health check would cost more than it tells."""

    def read(self) -> Reading:
        """Nothing that this function could tell."""
        return Reading()

    def note(self, job: str, failure: str) -> None:
        """Lambda counts failed invocations by itself."""
