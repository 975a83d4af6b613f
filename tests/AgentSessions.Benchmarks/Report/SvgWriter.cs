using System.Globalization;
using System.Security;
using System.Text;

namespace AgentSessions.Benchmarks.Report;

/// <summary>The few shapes a chart needs, as SVG text.</summary>
internal sealed class SvgWriter(double width, double height)
{
    private readonly StringBuilder _shapes = new();

    public void Line(double x1, double y1, double x2, double y2, string color, double stroke) =>
        Add($"<line x1='{x1:0.#}' y1='{y1:0.#}' x2='{x2:0.#}' y2='{y2:0.#}' stroke='{color}' stroke-width='{stroke:0.#}'/>");

    public void Polyline(IEnumerable<(double X, double Y)> points, string color)
    {
        string list = string.Join(' ', points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{point.X:0.#},{point.Y:0.#}")));
        Add($"<polyline points='{list}' fill='none' stroke='{color}' stroke-width='2'/>");
    }

    public void Circle(double x, double y, double radius, string color) =>
        Add($"<circle cx='{x:0.#}' cy='{y:0.#}' r='{radius:0.#}' fill='{color}'/>");

    public void Text(double x, double y, string text, string anchor, double size, bool bold = false)
    {
        string weight = bold ? " font-weight='bold'" : "";
        Add($"<text x='{x:0.#}' y='{y:0.#}' text-anchor='{anchor}' font-size='{size:0.#}'{weight}>{SecurityElement.Escape(text)}</text>");
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"""
        <svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width:0.#} {height:0.#}' width='{width:0.#}' height='{height:0.#}' font-family='sans-serif' fill='#333'>
        <rect width='100%' height='100%' fill='#fff'/>
        {_shapes}</svg>

        """);

    private void Add(FormattableString shape) => _shapes.AppendLine(shape.ToString(CultureInfo.InvariantCulture));
}
